/* Where comments go. Between the tokens A and B stands a run of comments; each is printed behind A on its line, or in
 * front of B on lines of its own:
 *   - on A's line in the source: behind A;
 *   - on a later line: in front of B, and so do all comments behind it.
 * Two habits need more, because the layout has its commas at the end and its AND at the start of lines: a comment that
 * takes the rest of its line goes past a comma that follows it, and in front of an AND or OR that precedes it. So
 * "a -- first", ", b" becomes "a, -- first", "b"; "a AND -- first", "b" becomes "a -- first", "AND b".
 * The order of the comments never changes, and what is printed is placed the same way when it is read again. */
#include "language/formatter_internal.h"

/* Whatever follows must start a new line. */
static bool ends_line(const struct format_comment *comment)
{
    return comment->is_line || comment->has_line_feed;
}

static bool stays_in_line(const struct format_comment *comment)
{
    return !ends_line(comment) && comment->line_feeds == 0;
}

struct placing {
    uint32_t before; /* the token A of the comment placed last */
    bool has_own;    /* behind that A a comment stood on a line of its own, or took the rest of a line */
};

/* Between the token `before` (UINT32_MAX at the top) and the next one. */
static void place(struct formatter *f, struct placing *placing, struct format_comment *comment, uint32_t before)
{
    if (placing->before != before) {
        *placing = (struct placing){.before = before};
    }
    comment->is_leading = before == UINT32_MAX || placing->has_own || comment->line_feeds > 0;
    comment->owner = comment->is_leading ? before + 1 : before;
    placing->has_own |= comment->is_leading || comment->is_line;
    if ((comment->is_leading || ends_line(comment)) && before + 1 < f->token_count) {
        f->tokens[before + 1].starts_line = true;
    }
}

static void place_run(struct formatter *f, struct placing *placing, uint32_t first, uint32_t end)
{
    uint32_t gap = f->comments[first].gap;
    uint32_t before = gap - 1; /* UINT32_MAX at the top */
    bool is_in_line = true;
    for (uint32_t i = first; i < end; i++) {
        is_in_line &= stays_in_line(&f->comments[i]);
    }
    if (gap >= 2 && f->tokens[gap - 1].is_link && !is_in_line) {
        before = gap - 2;
    }
    bool is_before_comma = gap > 0 && gap < f->token_count && f->tokens[gap].kind == TOKEN_COMMA;
    for (uint32_t i = first; i < end; i++) {
        if (is_before_comma && !stays_in_line(&f->comments[i])) {
            before = gap;
        }
        place(f, placing, &f->comments[i], before);
    }
}

void formatter_place_comments(struct formatter *f)
{
    struct placing placing = {.before = UINT32_MAX};
    for (uint32_t first = 0; f->status == TOCSIN_OK && first < f->comment_count;) {
        uint32_t end = first + 1;
        while (end < f->comment_count && f->comments[end].gap == f->comments[first].gap) {
            end++;
        }
        place_run(f, &placing, first, end);
        first = end;
    }
}
