#include "plan/required_literals.h"

#include <string.h>

/* Nesting of groups and classes; deeper ones are not looked into. */
enum { DEPTH_MAX = 24, CLASS_MEMBERS_MAX = 8, LITERAL_BYTES_MIN = 2, LITERAL_BYTES_ENOUGH = 6 };

struct text {
    char bytes[REQUIRED_LITERAL_BYTES_MAX];
    uint8_t len;
};

struct text_set {
    struct text texts[REQUIRED_LITERALS_MAX];
    uint32_t count;
};

/* What a part of a pattern says of the text that it matches: it is one of `texts`, or it holds one of them. Not exact
 * and no texts: nothing is known. */
struct part {
    bool is_exact;
    struct text_set texts;
};

struct repetition {
    bool is_once;
    bool is_optional; /* the least is 0 */
    bool is_at_most_once;
};

struct scanner {
    str pattern;
    size_t at;
    unsigned depth;
    bool ignores_case; /* somewhere in the pattern, which is enough to say it of all */
    bool is_lost;      /* something that is not understood: nothing is known of the whole pattern */
};

/* ---- sets of texts ---- */

static void part_nothing(struct part *part)
{
    part->is_exact = false;
    part->texts.count = 0;
}

/* Of no width: the empty text. */
static void part_empty(struct part *part)
{
    part->is_exact = true;
    part->texts.count = 1;
    part->texts.texts[0].len = 0;
}

static void part_byte(struct part *part, char byte)
{
    part_empty(part);
    part->texts.texts[0].bytes[0] = byte;
    part->texts.texts[0].len = 1;
}

static bool text_equals(const struct text *a, const struct text *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool set_add(struct text_set *set, const struct text *text)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (text_equals(&set->texts[i], text)) {
            return true;
        }
    }
    if (set->count == REQUIRED_LITERALS_MAX) {
        return false;
    }
    set->texts[set->count++] = *text;
    return true;
}

static uint32_t shortest(const struct text_set *set)
{
    uint32_t least = REQUIRED_LITERAL_BYTES_MAX;
    for (uint32_t i = 0; i < set->count; i++) {
        least = set->texts[i].len < least ? set->texts[i].len : least;
    }
    return set->count > 0 ? least : 0;
}

/* Every text of `set` with every one of `next` behind it; false (and no change) if that is too much. */
static bool set_append(struct text_set *set, const struct text_set *next)
{
    if ((uint64_t)set->count * next->count > REQUIRED_LITERALS_MAX) {
        return false;
    }
    struct text_set product = {.count = 0};
    for (uint32_t i = 0; i < set->count; i++) {
        for (uint32_t j = 0; j < next->count; j++) {
            struct text text = set->texts[i];
            if (text.len + next->texts[j].len > REQUIRED_LITERAL_BYTES_MAX) {
                return false;
            }
            memcpy(text.bytes + text.len, next->texts[j].bytes, next->texts[j].len);
            text.len = (uint8_t)(text.len + next->texts[j].len);
            if (next->count == 1) { /* all differ, as before */
                product.texts[product.count++] = text;
            } else {
                (void)set_add(&product, &text);
            }
        }
    }
    *set = product;
    return true;
}

/* ---- a sequence of atoms ---- */

struct sequence {
    struct text_set current; /* the text matched so far ends with one of these */
    bool is_exact;           /* and is one of them */
    struct text_set best;    /* texts of which the match holds one; none: not known yet */
};

/* One of `set` is known to be held: kept if it says more than what was known. Beyond some length a text is rare enough,
 * and fewer of them are better. */
static void consider(struct sequence *sequence, const struct text_set *set)
{
    uint32_t length = shortest(set);
    uint32_t best = shortest(&sequence->best);
    length = length < LITERAL_BYTES_ENOUGH ? length : LITERAL_BYTES_ENOUGH;
    best = best < LITERAL_BYTES_ENOUGH ? best : LITERAL_BYTES_ENOUGH;
    if (length > best || (length == best && length > 0 && set->count < sequence->best.count)) {
        sequence->best = *set;
    }
}

static void restart(struct sequence *sequence, const struct text_set *set)
{
    consider(sequence, &sequence->current);
    sequence->is_exact = false;
    if (set) {
        sequence->current = *set;
    } else {
        sequence->current.count = 1;
        sequence->current.texts[0].len = 0;
    }
}

static void sequence_add(struct sequence *sequence, struct part *atom, struct repetition repetition)
{
    struct text none = {.len = 0};
    if (repetition.is_optional) {
        bool fits = atom->is_exact && repetition.is_at_most_once && set_add(&atom->texts, &none) &&
                    set_append(&sequence->current, &atom->texts);
        if (!fits) {
            restart(sequence, NULL);
        }
    } else if (!atom->is_exact) {
        restart(sequence, NULL);
        consider(sequence, &atom->texts);
    } else {
        if (!set_append(&sequence->current, &atom->texts)) {
            restart(sequence, &atom->texts);
        }
        if (!repetition.is_once) { /* the last time stands before what follows */
            restart(sequence, &atom->texts);
        }
    }
}

/* ---- escapes, classes, repetitions ---- */

static char peek(const struct scanner *scanner)
{
    return scanner->at < scanner->pattern.len ? scanner->pattern.data[scanner->at] : '\0';
}

static bool at_end(const struct scanner *scanner)
{
    return scanner->is_lost || scanner->at >= scanner->pattern.len;
}

static void lose(struct scanner *scanner)
{
    scanner->is_lost = true;
}

/* Behind the closing brace of what is open at `at`. */
static void skip_braces(struct scanner *scanner, char open, char close)
{
    size_t end = peek(scanner) == open ? str_find_char(scanner->pattern, close, scanner->at) : SIZE_MAX;
    if (end == SIZE_MAX) {
        lose(scanner);
        return;
    }
    scanner->at = end + 1;
}

/* Digits behind \x, \u, \0 and \1: one too many taken only makes less known. */
static void skip_digits(struct scanner *scanner)
{
    while (!at_end(scanner) &&
           (ascii_is_digit(peek(scanner)) || ((peek(scanner) | 0x20) >= 'a' && (peek(scanner) | 0x20) <= 'f'))) {
        scanner->at++;
    }
}

enum escape { ESCAPE_SIGN, ESCAPE_NO_WIDTH, ESCAPE_OTHER };

/* Behind a backslash. *ret_sign is the character that stands for itself (ESCAPE_SIGN). */
static enum escape take_escape(struct scanner *scanner, char *ret_sign)
{
    char c = peek(scanner);
    if (at_end(scanner) || (unsigned char)c >= 0x80) {
        lose(scanner);
        return ESCAPE_OTHER;
    }
    scanner->at++;
    *ret_sign = c;
    if (!ascii_is_alpha(c) && !ascii_is_digit(c)) {
        return ESCAPE_SIGN;
    }
    switch (c) {
    case 'b':
        if (peek(scanner) == '{') {
            lose(scanner);
        }
        return ESCAPE_NO_WIDTH;
    case 'B':
    case 'A':
    case 'G':
    case 'z':
    case 'Z':
        return ESCAPE_NO_WIDTH;
    case 'p':
    case 'P':
        if (peek(scanner) == '{') {
            skip_braces(scanner, '{', '}');
        } else {
            scanner->at++;
        }
        return ESCAPE_OTHER;
    case 'k':
        skip_braces(scanner, '<', '>');
        return ESCAPE_OTHER;
    case 'x':
        if (peek(scanner) == '{') {
            skip_braces(scanner, '{', '}');
        } else {
            skip_digits(scanner);
        }
        return ESCAPE_OTHER;
    case 'u':
        skip_digits(scanner);
        return ESCAPE_OTHER;
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
    case 'h':
    case 'H':
    case 'v':
    case 'V':
    case 'R':
    case 'X':
    case 'n':
    case 't':
    case 'r':
    case 'f':
    case 'a':
    case 'e':
        return ESCAPE_OTHER;
    default:
        if (ascii_is_digit(c)) {
            skip_digits(scanner);
        } else { /* \Q, \c and what there may be */
            lose(scanner);
        }
        return ESCAPE_OTHER;
    }
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7F;
}

/* Behind '['. A class of some plain characters is exact: [kK]. */
static void take_class(struct scanner *scanner, struct part *ret)
{
    unsigned depth = 1;
    bool is_simple = true;
    bool is_first = true;
    part_nothing(ret);
    if (peek(scanner) == '^') {
        scanner->at++;
        is_simple = false;
    }
    while (depth > 0 && !at_end(scanner)) {
        char c = scanner->pattern.data[scanner->at++];
        struct text member = {.bytes = {c}, .len = 1};
        if (c == ']' && is_first) {
            lose(scanner); /* what it means depends on whom one asks */
        } else if (c == ']') {
            depth--;
        } else if (c == '[') {
            is_simple = false;
            scanner->at += peek(scanner) == '^';
            if (++depth > DEPTH_MAX || peek(scanner) == ']') {
                lose(scanner);
            }
        } else if (c == '&' && peek(scanner) == '&') {
            lose(scanner);
        } else if (c == '\\') {
            is_simple &= take_escape(scanner, &member.bytes[0]) == ESCAPE_SIGN && is_plain(member.bytes[0]) &&
                         set_add(&ret->texts, &member);
        } else {
            is_simple &= is_plain(c) && c != '-' && set_add(&ret->texts, &member);
        }
        is_first = false;
    }
    if (depth > 0) {
        lose(scanner);
    }
    ret->is_exact = is_simple && ret->texts.count > 0 && ret->texts.count <= CLASS_MEMBERS_MAX;
    if (!ret->is_exact) {
        part_nothing(ret);
    }
}

static uint64_t take_number(struct scanner *scanner)
{
    uint64_t number = 0;
    while (!at_end(scanner) && ascii_is_digit(peek(scanner))) {
        number = number > UINT32_MAX ? number : number * 10 + (uint64_t)(peek(scanner) - '0');
        scanner->at++;
    }
    return number;
}

/* Behind '{'. */
static struct repetition take_counts(struct scanner *scanner)
{
    if (!ascii_is_digit(peek(scanner))) {
        lose(scanner);
    }
    uint64_t least = take_number(scanner);
    uint64_t most = least;
    if (peek(scanner) == ',') {
        scanner->at++;
        most = ascii_is_digit(peek(scanner)) ? take_number(scanner) : UINT64_MAX;
    }
    if (peek(scanner) != '}') {
        lose(scanner);
    }
    scanner->at++;
    return (struct repetition){
        .is_once = least == 1 && most == 1, .is_optional = least == 0, .is_at_most_once = most == 1};
}

static struct repetition take_repetition(struct scanner *scanner)
{
    struct repetition repetition = {.is_once = true, .is_at_most_once = true};
    char c = peek(scanner);
    if (at_end(scanner) || (c != '?' && c != '*' && c != '+' && c != '{')) {
        return repetition;
    }
    scanner->at++;
    repetition =
        c == '{' ? take_counts(scanner) : (struct repetition){.is_optional = c != '+', .is_at_most_once = c == '?'};
    if (!at_end(scanner) && (peek(scanner) == '?' || peek(scanner) == '+')) {
        scanner->at++; /* lazy, possessive */
    }
    c = peek(scanner);
    if (!at_end(scanner) && (c == '?' || c == '*' || c == '+' || c == '{')) {
        lose(scanner);
    }
    return repetition;
}

/* ---- groups ---- */

enum group_kind { GROUP_PLAIN, GROUP_NO_WIDTH, GROUP_FLAGS };

/* Behind "(?" of flags: up to the colon, or behind the parenthesis if they are for what follows. */
static enum group_kind take_flags(struct scanner *scanner)
{
    for (;;) {
        char c = peek(scanner);
        if (at_end(scanner)) {
            lose(scanner);
            return GROUP_FLAGS;
        }
        scanner->at++;
        switch (c) {
        case 'i':
            scanner->ignores_case = true;
            break;
        case '-':
        case 'd':
        case 'm':
        case 's':
        case 'u':
        case 'U':
            break;
        case ':':
            return GROUP_PLAIN;
        case ')':
            return GROUP_FLAGS;
        default: /* x: blanks and comments */
            lose(scanner);
            return GROUP_FLAGS;
        }
    }
}

/* Behind '('. */
static enum group_kind take_group_begin(struct scanner *scanner)
{
    if (peek(scanner) != '?') {
        return GROUP_PLAIN;
    }
    scanner->at++;
    switch (peek(scanner)) {
    case ':':
    case '>':
        scanner->at++;
        return GROUP_PLAIN;
    case '=':
    case '!':
        scanner->at++;
        return GROUP_NO_WIDTH;
    case '<':
        if (scanner->at + 1 < scanner->pattern.len &&
            (scanner->pattern.data[scanner->at + 1] == '=' || scanner->pattern.data[scanner->at + 1] == '!')) {
            scanner->at += 2;
            return GROUP_NO_WIDTH;
        }
        skip_braces(scanner, '<', '>');
        return GROUP_PLAIN;
    default:
        return take_flags(scanner);
    }
}

static void take_choice(struct scanner *scanner, struct part *ret);

static void take_group(struct scanner *scanner, struct part *ret)
{
    enum group_kind kind = take_group_begin(scanner);
    if (kind == GROUP_FLAGS || scanner->is_lost) {
        part_empty(ret);
        return;
    }
    if (++scanner->depth > DEPTH_MAX) {
        lose(scanner);
        part_nothing(ret);
        return;
    }
    take_choice(scanner, ret);
    scanner->depth--;
    if (peek(scanner) != ')') {
        lose(scanner);
    }
    scanner->at++;
    if (kind == GROUP_NO_WIDTH) {
        part_empty(ret);
    }
}

static void take_atom(struct scanner *scanner, struct part *ret)
{
    char c = scanner->pattern.data[scanner->at++];
    char sign;
    switch (c) {
    case '(':
        take_group(scanner, ret);
        break;
    case '[':
        take_class(scanner, ret);
        break;
    case '\\': {
        enum escape escape = take_escape(scanner, &sign);
        if (escape == ESCAPE_NO_WIDTH) {
            part_empty(ret);
        } else if (escape == ESCAPE_SIGN && is_plain(sign)) {
            part_byte(ret, sign);
        } else {
            part_nothing(ret);
        }
        break;
    }
    case '^':
    case '$':
        part_empty(ret);
        break;
    case '*':
    case '+':
    case '?':
    case '{':
        lose(scanner);
        part_nothing(ret);
        break;
    default:
        if (is_plain(c) && c != '.') {
            part_byte(ret, c);
        } else {
            part_nothing(ret);
        }
        break;
    }
}

static void take_sequence(struct scanner *scanner, struct part *ret)
{
    struct sequence sequence = {.is_exact = true, .current = {.count = 1}};
    while (!at_end(scanner) && peek(scanner) != '|' && peek(scanner) != ')') {
        struct part atom;
        take_atom(scanner, &atom);
        sequence_add(&sequence, &atom, take_repetition(scanner));
    }
    ret->is_exact = sequence.is_exact;
    if (!sequence.is_exact) {
        consider(&sequence, &sequence.current);
    }
    ret->texts = sequence.is_exact ? sequence.current : sequence.best;
}

/* What is known where either may be: nothing if nothing is known of one. */
static void unite(struct part *part, const struct part *other)
{
    part->is_exact &= other->is_exact;
    bool fits = part->is_exact || (shortest(&part->texts) > 0 && shortest(&other->texts) > 0);
    for (uint32_t i = 0; fits && i < other->texts.count; i++) {
        fits = set_add(&part->texts, &other->texts.texts[i]);
    }
    if (!fits) {
        part_nothing(part);
    }
}

static void take_choice(struct scanner *scanner, struct part *ret)
{
    take_sequence(scanner, ret);
    while (!at_end(scanner) && peek(scanner) == '|') {
        struct part other;
        scanner->at++;
        take_sequence(scanner, &other);
        unite(ret, &other);
    }
}

bool required_literals_find(str pattern, bool ignores_case, struct arena *arena, struct required_literals *ret)
{
    struct scanner scanner = {.pattern = pattern, .ignores_case = ignores_case};
    struct part whole;
    ret->count = 0;
    take_choice(&scanner, &whole);
    if (scanner.is_lost || scanner.at < pattern.len || shortest(&whole.texts) < LITERAL_BYTES_MIN) {
        return true;
    }
    ret->ignores_case = scanner.ignores_case;
    for (uint32_t i = 0; i < whole.texts.count; i++) {
        str text = arena_copy(arena, (str){whole.texts.texts[i].bytes, whole.texts.texts[i].len});
        if (!text.data) {
            return false;
        }
        ret->texts[ret->count++] = text;
    }
    return true;
}
