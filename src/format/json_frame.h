/* format/json_frame.h
 * Finds the events in JSON text: one object on a line, one spread over lines, the elements of an array, the items of an
 * EventList, the records of a cloud export. For the reader of lines, which calls it where a line begins with '{' or '['
 * (behind blanks and a byte order mark).
 * Not a parser: it follows the grammar only as far as is needed to tell a value that goes on in the next line from a
 * line that was cut.
 *
 * What is an event:
 *   - an object; the elements of an outermost array, and of arrays directly inside it
 *   - the elements of `items` in an object whose `kind` ends in "List" (also when `kind` comes behind `items`)
 *   - the elements of an array of objects named `records`, `Records` or `logEvents`, and of one named `events`,
 *     `entries`, `flows`, `simarc` or `cursor` if that is the object's first member
 *   - such a list inside a list. A list without elements is one value itself, so that no line is left without a row;
 *     for the same reason an element that is no object is given as it stands.
 *
 * Memory: none but the struct; values are views into `bytes`. Threads: one. Limits: a value, or what stands in front of
 * or behind the elements of a list, of more than LIMIT_JSON_DOCUMENT_BYTES is damaged, as is nesting beyond
 * LIMIT_JSON_DEPTH; a list may be of any length. Time is linear: what was scanned is not scanned again when more bytes
 * come, and what was scanned behind a line that turns out to be cut is paid from a credit that reading on refills.
 */
#ifndef FORMAT_JSON_FRAME_H
#define FORMAT_JSON_FRAME_H

#include "base/json_scan.h"
#include "base/limits.h"

enum json_frame_result {
    JSON_FRAME_VALUE,   /* *ret_value is an event; *ret_consumed bytes are done, through its end */
    JSON_FRAME_MORE,    /* keep the bytes from *ret_consumed on, and call again with more behind them */
    JSON_FRAME_END,     /* the outermost value is complete; *ret_consumed is behind it, and behind its line end if only
                           blanks (or commas) stand between */
    JSON_FRAME_DAMAGED, /* *ret_value is a line (without its end) that is no JSON or was cut; *ret_consumed is behind
                           its end, or behind all bytes if its end is not in memory. It is an ordinary line again: offer
                           it to the formats as it stands, they make the best of cut lines and of text in brackets */
};

/* Names of lists that say what their elements are: results of QRadar's Ariel API. */
enum json_list { JSON_LIST_NONE, JSON_LIST_EVENTS, JSON_LIST_FLOWS, JSON_LIST_SIMARC, JSON_LIST_CURSOR };

/* Lists in lists: an array takes one level, a list object two. What is deeper is a value. */
enum { JSON_FRAME_LEVELS_MAX = 8 };

struct json_frame {
    uint8_t state;       /* enum frame_state */
    uint8_t grammar;     /* enum grammar_state: what the careful scan expects */
    uint8_t key;         /* enum frame_key: last member name of the value's outermost object */
    uint8_t key_list;    /* enum json_list: what that name is */
    uint8_t list_hint;   /* enum list_hint: what the array just opened may be */
    uint8_t levels;      /* open lists */
    uint8_t level_kinds; /* a bit each: 1 = object */
    bool needs_comma;    /* in a list: an element was given, so a comma or the end must come */
    bool is_pending;     /* between base and the first element stands text of a list that has given nothing yet */
    bool has_members;    /* the value's outermost object: a member name was seen */
    bool has_api_version;
    bool has_kind;
    bool is_list; /* kind ends in "List" */

    /* What each of the open lists is: enum json_list. */
    uint8_t level_names[JSON_FRAME_LEVELS_MAX];

    /* Offsets count from the front of `bytes`. */
    size_t base;     /* what is in front of it was given or only separates */
    size_t start;    /* of the value being scanned */
    size_t scanned;  /* all before it was looked at */
    size_t token;    /* begin of the string or word being scanned */
    size_t items_at; /* first element of `items` seen before `kind`; 0 = none */
    size_t line_end; /* behind the first line end of the value; 0 = none yet */

    struct json_scan scan; /* quick scan */
    uint32_t depth;
    uint64_t kinds[(LIMIT_JSON_DEPTH + 63) / 64]; /* open brackets of the value: 1 = '{' */

    uint64_t credit; /* bytes that may be scanned behind lines that turn out to be cut */
};

/* Once for each input. After END and DAMAGED the frame is ready for the next value; only the credit lives on. */
void json_frame_init(struct json_frame *frame);

/* `bytes`: from the current position, where a value begins or goes on, to the end of what is in memory; `at_end`:
 * nothing follows. Lines in front of a value (bytes.data to ret_value->data) are the caller's to count. */
enum json_frame_result json_frame_next(struct json_frame *frame, str bytes, bool at_end, size_t *ret_consumed,
                                       str *ret_value);

/* The list that the value just given is an element of. */
static inline enum json_list json_frame_list(const struct json_frame *frame)
{
    return frame->levels > 0 ? (enum json_list)frame->level_names[frame->levels - 1] : JSON_LIST_NONE;
}

#endif
