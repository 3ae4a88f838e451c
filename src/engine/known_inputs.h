/* engine/known_inputs.h
 * Which inputs a store has already, whole or in part, by their content: the name of a file says nothing, since logs are
 * rotated and copied. A content is known by the first 64 KiB of its text, unpacked, or by all of it if it was shorter.
 * Memory: a buffer. Threads: one.
 */
#ifndef ENGINE_KNOWN_INPUTS_H
#define ENGINE_KNOWN_INPUTS_H

#include "input/input.h"
#include "store/event_store.h"

struct known_input {
    bool has_identity; /* false: it cannot be read twice (a pipe), or not at all */
    uint8_t identity[STORE_IDENTITY_BYTES];
    uint64_t identity_bytes; /* that it is of */
    bool is_known;     /* the store has rows of it */
    bool is_all_known; /* and there is nothing in it that the store does not have */
    /* Of a known one: rows that begin before this line are in the store, and so many of the others. */
    uint64_t safe_line;
    uint64_t rows;
};

/* An input that cannot be read is not known; whoever reads it will say why. */
tocsin_status known_input_find(const struct store_reader *reader, const struct input_file *file,
                               struct known_input *ret_input, struct error *err);
/* The identity anew, of the first `bytes` of it. */
tocsin_status known_input_identify(const struct input_file *file, uint64_t bytes, struct known_input *input,
                                   struct error *err);

#endif
