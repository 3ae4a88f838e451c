/* input/input.h
 * Bytes from files, directories, globs and standard input, decompressed where needed (.gz, .zst, .xz, recognised by
 * content). Knows nothing about logs.
 * A failed input does not stop the others: it is reported in its own error, and reading goes on.
 * Memory: a list owns its paths; a stream keeps a view of its file's path, so the list must outlive it.
 * Threads: one at a time for each list and stream; input_rest_read: any.
 * Limits: LIMIT_INPUT_FILES, LIMIT_DIRECTORY_DEPTH, LIMIT_INPUT_PROBLEMS, LIMIT_DECOMPRESSION_*.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "base/arena.h"
#include "base/error.h"

enum input_kind {
    INPUT_FILE,     /* a regular file: its size is known, and it is read as far as it went when it was opened */
    INPUT_PIPE,     /* a named pipe or character device, read to its end */
    INPUT_STANDARD, /* standard input, whatever it is */
};

struct input_file {
    str path; /* as given or found, with a NUL behind it; "-" is standard input */
    enum input_kind kind;
    uint64_t bytes;      /* on disk; 0 if unknown */
    int64_t modified_ms; /* 0 if unknown */
    uint64_t bytes_max;  /* a file is not read farther than this, however long it is; 0: as far as it goes */
};

/* What the arguments stand for, sorted by path within each argument, each file once (by device and inode). */
struct input_list {
    struct input_file *files;
    size_t count;
    /* Paths that cannot be read (no rights, vanished, loops): kept, for the account. */
    struct input_problem {
        str path;
        struct error error;
    } * problems;
    size_t problem_count;
    uint64_t problems_more; /* those beyond LIMIT_INPUT_PROBLEMS */
    uint64_t bytes_total;   /* 0 if the size of one of them is not known */
    struct arena arena;
};

/* Expands arguments. A named file that does not exist, or a glob without a match, is an error at once (with the path in
 * it); what goes wrong below a directory is a problem in the list. Directories are walked recursively without following
 * symbolic links to directories; sockets, devices and pipes inside them are skipped. A name that exists is taken as it
 * stands, even if it has the characters of a glob in it. */
tocsin_status input_list_expand(struct input_list *list, const char *const *arguments, size_t argument_count,
                                struct error *err);
void input_list_release(struct input_list *list);

struct input_stream;

tocsin_status input_open(const struct input_file *file, struct input_stream **ret_stream, struct error *err);
/* The same for a thread that signals do not reach: as soon as something can be read from the descriptor `wake`, waiting
 * for data ends as a signal ends it. The descriptor is the caller's and is only looked at. */
tocsin_status input_open_wakeable(const struct input_file *file, int wake, struct input_stream **ret_stream,
                                  struct error *err);
/* Up to `bytes` decompressed bytes; *ret_bytes 0 at the end. A cut or damaged compressed file, and a file that shrinks
 * while it is read, give what could be had, then TOCSIN_ERROR_INPUT. TOCSIN_ERROR_CANCELLED: a signal or a
 * wake came while waiting for data; nothing is lost, call again to go on. */
tocsin_status input_read(struct input_stream *stream, char *buffer, size_t bytes, size_t *ret_bytes, struct error *err);
uint64_t input_bytes_consumed(const struct input_stream *stream); /* from disk, for progress */
bool input_is_packed(const struct input_stream *stream);          /* known when something was read */

/* What was not read yet of a file that is not compressed: any thread may read it, at any place. */
struct input_rest {
    str path;
    int fd; /* the stream's */
    uint64_t from;
    uint64_t end; /* as far as the file went when it was opened */
};
/* False: it can only be read by input_read. */
bool input_rest_get(const struct input_stream *stream, struct input_rest *ret_rest);
/* All of `bytes` bytes at `offset`, which lie within the rest, or TOCSIN_ERROR_INPUT: *ret_bytes could be had. */
tocsin_status input_rest_read(const struct input_rest *rest, uint64_t offset, char *buffer, size_t bytes,
                              size_t *ret_bytes, struct error *err);
/* So many bytes of the rest count as read by the stream, which must not be asked for bytes again. */
void input_rest_note(struct input_stream *stream, uint64_t bytes);
void input_close(struct input_stream *stream);

#endif
