/* match/text_search_internal.h - shared by text_search_parse.c (makes a search) and text_search.c (runs it). */
#ifndef MATCH_TEXT_SEARCH_INTERNAL_H
#define MATCH_TEXT_SEARCH_INTERNAL_H

#include "match/like.h"
#include "match/text_search.h"

/* One word or phrase. */
struct search_term {
    bool is_everything;                   /* * alone */
    const struct like_pattern *required;  /* text that each matching payload holds somewhere; NULL: none known */
    const struct like_pattern **patterns; /* one for each token, of the whole token */
    uint32_t count;
};

enum search_code { SEARCH_TERM, SEARCH_NOT, SEARCH_JUMP_IF_FALSE, SEARCH_JUMP_IF_TRUE };

/* The expression as steps over one truth value: a term sets it, jumps only go forward. */
struct search_step {
    enum search_code code;
    uint32_t argument; /* number of the term, or of the step to go to */
};

struct text_search {
    struct search_term *terms;
    uint32_t term_count;
    struct search_step *steps;
    uint32_t step_count;
    const struct like_pattern *required; /* the same for the whole search, if it is a plain list of words */
};

enum token_class { TOKEN_PARTS, TOKEN_LETTER, TOKEN_JOINER };

/* Class of the character at the front of `rest`, which is not empty, and its length. */
enum token_class text_search_class(str rest, size_t *ret_bytes);

#endif
