/* regex.c - PCRE2 with its JIT below Java's dialect.
 *
 * Values are checked for UTF-8 here and not by PCRE2: its own treatment of ill-formed text (PCRE2_MATCH_INVALID_UTF)
 * lets nothing match across a bad byte, so that one byte in a command line would hide it from `kubectl.*secret`.
 * Instead such a value is matched as a copy with U+FFFD in the place of each ill-formed part. */
#include "match/regex.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "match/needle.h"
#include "match/regex_java.h"

enum {
    JIT_STACK_BYTES_START = 32 * 1024,
    JIT_STACK_BYTES_MAX = 1024 * 1024,
    GROUP_NAME_BYTES = 33,              /* PCRE2 takes names of 32 */
    BYTES_BETWEEN_CLOCKS = 1024 * 1024, /* and a value's bytes so many times: */
    VALUES_BETWEEN_CLOCKS = 16,
    JIT_RESERVE_BYTES = 256 * 1024,
};

/* PCRE2's JIT compiler (10.42) crashes where memory runs out in the midst of its work: it is begun only with this much
 * at hand, which serves what malloc refuses. Common patterns need a tenth of it. */
struct jit_reserve {
    char *block; /* NULL: there is none */
    size_t used;
};

/* Code for the machine is made when the first value comes: most expressions of a configuration never see one, and it is
 * the larger part of the work. */
enum jit_state { JIT_UNTRIED, JIT_READY, JIT_NONE };

struct regex_code {
    struct jit_reserve reserve; /* of `code`, whose allocator points here */
    pcre2_code *code;
    _Atomic int jit_state;
};

struct regex {
    struct regex_code quick; /* for values of ASCII */
    struct regex_code exact; /* for all others; without code if the quick one is exact, too */
    unsigned group_count;
    bool is_full;
};

/* What one value may still cost. */
struct budget {
    uint64_t steps_left;
    uint64_t bytes_to_clock; /* that may be looked at before the clock is */
    int64_t cpu_end_ns;      /* 0: the clock was not looked at yet */
    size_t value_bytes;
};

struct regex_scratch {
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_match_data *match_data;
    pcre2_jit_stack *jit_stack;
    struct strbuf well_formed; /* copy of an ill-formed value */
    bool is_beyond_ascii;      /* the value in work */
    struct strbuf replaced;
    struct budget budget;
    uint64_t limit_hits;
    uint64_t *limit_hits_shared; /* may be NULL */
};

static void *pcre2_allocate(PCRE2_SIZE bytes, void *context)
{
    struct jit_reserve *reserve = context;
    void *block = memory_allocate(bytes);
    if (block || !reserve || !reserve->block) {
        return block;
    }
    size_t begin = (reserve->used + 15) & ~(size_t)15;
    if (bytes > JIT_RESERVE_BYTES || begin > JIT_RESERVE_BYTES - bytes) {
        return NULL;
    }
    reserve->used = begin + bytes;
    return reserve->block + begin;
}

static void pcre2_release(void *block, void *context)
{
    const struct jit_reserve *reserve = context;
    const char *bytes = block;
    bool is_reserve =
        reserve && reserve->block && bytes >= reserve->block && bytes < reserve->block + JIT_RESERVE_BYTES;
    if (!is_reserve) {
        memory_free(block);
    }
}

/* ---- compiling -------------------------------------------------------------------------------------------------- */

/* Offset in the pattern that the user wrote, for one in the translated text. */
static size_t origin_of(const struct regex_java *java, size_t offset)
{
    size_t count = java->origins.len / sizeof(uint32_t);
    if (count == 0) {
        return 0;
    }
    uint32_t origin;
    offset = offset < count ? offset : count - 1;
    memcpy(&origin, java->origins.data + offset * sizeof(origin), sizeof(origin));
    return origin;
}

/* Where memory is short, or the system forbids memory that is written and run, the interpreter does. */
static void compile_for_machine(struct regex_code *code)
{
    code->reserve.block = memory_allocate(JIT_RESERVE_BYTES);
    bool has_jit = code->reserve.block && pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE) == 0;
    if (code->reserve.used == 0) {
        memory_free(code->reserve.block);
        code->reserve.block = NULL;
    }
    atomic_store_explicit(&code->jit_state, has_jit ? JIT_READY : JIT_NONE, memory_order_release);
}

/* Threads that match with the same expression: one makes the code, the others wait. */
static bool has_jit(const struct regex_code *code)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    int state = atomic_load_explicit(&code->jit_state, memory_order_acquire);
    if (state == JIT_UNTRIED) {
        pthread_mutex_lock(&mutex);
        if (atomic_load_explicit(&code->jit_state, memory_order_relaxed) == JIT_UNTRIED) {
            compile_for_machine((struct regex_code *)(uintptr_t)code); /* const guards what matches, not its cache */
        }
        pthread_mutex_unlock(&mutex);
        state = atomic_load_explicit(&code->jit_state, memory_order_relaxed);
    }
    return state == JIT_READY;
}

static tocsin_status code_compile(str pattern, const struct regex_java *java, struct regex_options options,
                                  struct regex_code *code, struct error *err)
{
    pcre2_general_context *general = pcre2_general_context_create(pcre2_allocate, pcre2_release, &code->reserve);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    if (!context) {
        pcre2_general_context_free(general);
        return error_memory(err);
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
    uint32_t flags = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C;
    flags |= options.ignores_case ? PCRE2_CASELESS : 0;
    flags |= options.is_full ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    int number = 0;
    PCRE2_SIZE offset = 0;
    str text = strbuf_str(&java->text);
    code->code = pcre2_compile((PCRE2_SPTR)text.data, text.len, flags, &number, &offset, context);
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    if (code->code) {
        return TOCSIN_OK;
    }
    if (number == PCRE2_ERROR_HEAP_FAILED) {
        return error_memory(err);
    }
    char reason[256] = "";
    pcre2_get_error_message(number, (PCRE2_UCHAR *)reason, sizeof(reason));
    return regex_java_error(err, pattern, origin_of(java, offset), reason);
}

static tocsin_status compile_both(str pattern, const struct regex_java *quick, const struct regex_java *exact,
                                  struct regex_options options, struct regex **ret_regex, struct error *err)
{
    struct regex *regex = memory_allocate_zeroed(1, sizeof(*regex));
    if (!regex) {
        return error_memory(err);
    }
    tocsin_status status = code_compile(pattern, quick, options, &regex->quick, err);
    if (status == TOCSIN_OK && exact->text.len > 0) {
        status = code_compile(pattern, exact, options, &regex->exact, err);
    }
    if (status != TOCSIN_OK) {
        regex_free(regex);
        return status;
    }
    regex->group_count = quick->group_count;
    regex->is_full = options.is_full;
    *ret_regex = regex;
    return TOCSIN_OK;
}

tocsin_status regex_compile(str pattern, struct regex_options options, struct regex **ret_regex, struct error *err)
{
    struct regex_java quick;
    struct regex_java exact;
    tocsin_status status = regex_java_translate(pattern, options.ignores_case, &quick, &exact, err);
    if (status == TOCSIN_OK) {
        status = compile_both(pattern, &quick, &exact, options, ret_regex, err);
        regex_java_release(&quick);
        regex_java_release(&exact);
    }
    return status;
}

void regex_free(struct regex *regex)
{
    if (regex) {
        pcre2_code_free(regex->quick.code);
        pcre2_code_free(regex->exact.code);
        memory_free(regex->quick.reserve.block);
        memory_free(regex->exact.reserve.block);
        memory_free(regex);
    }
}

bool regex_is_full(const struct regex *regex)
{
    return regex->is_full;
}

unsigned regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

/* ---- the budget of a value --------------------------------------------------------------------------------------

   PCRE2's own limits are for one start of a match, and a value has as many starts as characters; nor do they count the
   characters that a loop like .* passes. So the translator has put callouts into the pattern (BUDGET_CHECK), between
   which a match takes a time linear in the value. Here they are counted, and where many of them come far from the end
   of the value, the clock is looked at, too: that of the thread, so that a busy machine changes nothing. */

static int64_t thread_cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t bytes_between_clocks(size_t value_bytes)
{
    return BYTES_BETWEEN_CLOCKS + VALUES_BETWEEN_CLOCKS * (uint64_t)value_bytes;
}

static void budget_begin(struct regex_scratch *scratch, size_t value_bytes)
{
    scratch->budget = (struct budget){
        .steps_left = LIMIT_REGEX_STEPS + LIMIT_REGEX_STEPS_PER_BYTE * (uint64_t)value_bytes,
        .bytes_to_clock = bytes_between_clocks(value_bytes),
        .value_bytes = value_bytes,
    };
}

static bool budget_clock(struct budget *budget)
{
    int64_t now = thread_cpu_ns();
    budget->bytes_to_clock = bytes_between_clocks(budget->value_bytes);
    if (budget->cpu_end_ns == 0) {
        budget->cpu_end_ns = now + LIMIT_REGEX_NS + LIMIT_REGEX_NS_PER_BYTE * (int64_t)budget->value_bytes;
    }
    return now < budget->cpu_end_ns;
}

static int budget_callout(pcre2_callout_block *block, void *data)
{
    struct budget *budget = data;
    size_t ahead = block->subject_length - block->current_position + 1;
    bool is_good = true;
    if (budget->bytes_to_clock <= ahead) {
        is_good = budget_clock(budget);
    } else {
        budget->bytes_to_clock -= ahead;
    }
    budget->steps_left -= budget->steps_left > 0;
    if (is_good && budget->steps_left > 0) {
        return 0;
    }
    return PCRE2_ERROR_MATCHLIMIT;
}

/* ---- scratch ---------------------------------------------------------------------------------------------------- */

tocsin_status regex_scratch_create(struct regex_scratch **ret_scratch, struct error *err)
{
    struct regex_scratch *scratch = memory_allocate_zeroed(1, sizeof(*scratch));
    if (!scratch) {
        return error_memory(err);
    }
    strbuf_init(&scratch->well_formed, LIMIT_BATCH_BYTES);
    strbuf_init(&scratch->replaced, LIMIT_BATCH_BYTES);
    scratch->general = pcre2_general_context_create(pcre2_allocate, pcre2_release, NULL);
    if (scratch->general) {
        scratch->context = pcre2_match_context_create(scratch->general);
        scratch->match_data = pcre2_match_data_create(LIMIT_REGEX_GROUPS + 1, scratch->general);
        scratch->jit_stack = pcre2_jit_stack_create(JIT_STACK_BYTES_START, JIT_STACK_BYTES_MAX, scratch->general);
    }
    if (!scratch->context || !scratch->match_data) {
        regex_scratch_free(scratch);
        return error_memory(err);
    }
    (void)pcre2_set_callout(scratch->context, budget_callout, &scratch->budget);
    pcre2_set_heap_limit(scratch->context, LIMIT_REGEX_HEAP_BYTES / KIBI);
    if (scratch->jit_stack) { /* else 32 KiB of the machine's stack */
        pcre2_jit_stack_assign(scratch->context, NULL, scratch->jit_stack);
    }
    *ret_scratch = scratch;
    return TOCSIN_OK;
}

void regex_scratch_free(struct regex_scratch *scratch)
{
    if (!scratch) {
        return;
    }
    pcre2_jit_stack_free(scratch->jit_stack);
    pcre2_match_data_free(scratch->match_data);
    pcre2_match_context_free(scratch->context);
    pcre2_general_context_free(scratch->general);
    strbuf_release(&scratch->well_formed);
    strbuf_release(&scratch->replaced);
    memory_free(scratch);
}

uint64_t regex_scratch_limit_hits(const struct regex_scratch *scratch)
{
    return scratch->limit_hits;
}

void regex_scratch_count_into(struct regex_scratch *scratch, uint64_t *limit_hits)
{
    scratch->limit_hits_shared = limit_hits;
}

static void count_limit_hit(struct regex_scratch *scratch)
{
    scratch->limit_hits++;
    if (scratch->limit_hits_shared) {
        ++*scratch->limit_hits_shared;
    }
}

/* ---- matching --------------------------------------------------------------------------------------------------- */

/* The value as PCRE2 may see it: itself, or a well-formed copy in the scratch. */
static bool well_formed_view(struct regex_scratch *scratch, str value, str *ret_view)
{
    scratch->is_beyond_ascii = false;
    if (value.len == 0) {
        *ret_view = STR_EMPTY;
        return true;
    }
    scratch->is_beyond_ascii = text_has_high_byte(value);
    if (!scratch->is_beyond_ascii || utf8_is_valid(value)) {
        *ret_view = value;
        return true;
    }
    strbuf_clear(&scratch->well_formed);
    for (str rest = value; rest.len > 0;) {
        uint32_t code_point;
        size_t taken = utf8_decode(rest, &code_point);
        strbuf_append(&scratch->well_formed,
                      code_point == UTF8_INVALID ? STR("\xEF\xBF\xBD") : str_slice(rest, 0, taken));
        rest = str_skip(rest, taken);
    }
    if (scratch->well_formed.is_failed) {
        count_limit_hit(scratch);
    }
    *ret_view = strbuf_str(&scratch->well_formed);
    return !scratch->well_formed.is_failed;
}

/* Offset in the value for one in its well-formed copy. */
static size_t offset_in_value(str value, size_t offset_in_copy)
{
    size_t at = 0;
    for (size_t copied = 0; copied < offset_in_copy && at < value.len;) {
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(value, at), &code_point);
        copied += code_point == UTF8_INVALID ? 3 : taken;
        at += taken;
    }
    return at;
}

/* First match at or behind `from` of a well-formed text; the groups are in the scratch's match data. */
static bool match_from(const struct regex *regex, struct regex_scratch *scratch, str text, size_t from)
{
    const struct regex_code *code = regex->exact.code && scratch->is_beyond_ascii ? &regex->exact : &regex->quick;
    int result = PCRE2_ERROR_JIT_STACKLIMIT;
    if (has_jit(code)) {
        result = pcre2_jit_match(code->code, (PCRE2_SPTR)text.data, text.len, from, 0, scratch->match_data,
                                 scratch->context);
    }
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) { /* the interpreter keeps its state on the heap */
        result = pcre2_match(code->code, (PCRE2_SPTR)text.data, text.len, from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                             scratch->match_data, scratch->context);
    }
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
        count_limit_hit(scratch);
    }
    return result > 0;
}

/* The first match in a value. */
static bool match_first(const struct regex *regex, struct regex_scratch *scratch, str value, str *ret_text)
{
    if (!well_formed_view(scratch, value, ret_text)) {
        return false;
    }
    budget_begin(scratch, ret_text->len);
    return match_from(regex, scratch, *ret_text, 0);
}

bool regex_matches(const struct regex *regex, struct regex_scratch *scratch, str value)
{
    str text;
    return match_first(regex, scratch, value, &text);
}

bool regex_capture(const struct regex *regex, struct regex_scratch *scratch, str value, unsigned group, str *ret_text)
{
    str text;
    if (group > regex->group_count || !match_first(regex, scratch, value, &text)) {
        return false;
    }
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->match_data);
    size_t start = offsets[2 * group];
    size_t end = offsets[2 * group + 1];
    if (start == PCRE2_UNSET || end < start) {
        return false;
    }
    if (text.data != value.data && value.len > 0) {
        start = offset_in_value(value, start);
        end = offset_in_value(value, end);
    }
    *ret_text = str_slice(value.data ? value : text, start, end);
    return true;
}

/* ---- replacing -------------------------------------------------------------------------------------------------- */

/* A piece of a replacement: text, or a group. */
struct piece {
    str text;
    unsigned group;
    bool is_group;
    const char *problem; /* what Java would throw at; the piece is its text then */
};

static bool group_by_name(const struct regex *regex, str name, unsigned *ret)
{
    char text[GROUP_NAME_BYTES];
    if (name.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    int number = pcre2_substring_number_from_name(regex->quick.code, (PCRE2_SPTR)text);
    *ret = number > 0 ? (unsigned)number : 0;
    return number > 0;
}

/* A $ and what follows; `at` is behind the $. */
static struct piece take_reference(const struct regex *regex, str text, size_t *at)
{
    size_t start = *at - 1;
    struct piece piece = {.is_group = true};
    if (*at < text.len && text.data[*at] == '{') {
        size_t end = str_find_char(text, '}', *at);
        if (end != SIZE_MAX && group_by_name(regex, str_slice(text, *at + 1, end), &piece.group)) {
            *at = end + 1;
            return piece;
        }
        return (struct piece){.text = str_slice(text, start, *at), .problem = "${...} names no group"};
    }
    if (*at == text.len || !ascii_is_digit(text.data[*at])) {
        return (struct piece){.text = str_slice(text, start, *at),
                              .problem = "$ wants a group; write \\$ for the character"};
    }
    piece.group = (unsigned)(text.data[*at] - '0');
    if (piece.group > regex->group_count) {
        return (struct piece){.text = str_slice(text, start, *at), .problem = "there is no such group"};
    }
    /* More digits are taken as long as there are that many groups. */
    for (++*at; *at < text.len && ascii_is_digit(text.data[*at]); ++*at) {
        unsigned longer = piece.group * 10 + (unsigned)(text.data[*at] - '0');
        if (longer > regex->group_count) {
            break;
        }
        piece.group = longer;
    }
    return piece;
}

static struct piece take_piece(const struct regex *regex, str text, size_t *at)
{
    size_t start = *at;
    if (text.data[start] == '$') {
        ++*at;
        return take_reference(regex, text, at);
    }
    if (text.data[start] == '\\') {
        bool is_last = start + 1 == text.len;
        *at = is_last ? start + 1 : start + 2;
        return (struct piece){.text = str_slice(text, start + 1, start + 2),
                              .problem = is_last ? "nothing behind the backslash" : NULL};
    }
    while (*at < text.len && text.data[*at] != '$' && text.data[*at] != '\\') {
        ++*at;
    }
    return (struct piece){.text = str_slice(text, start, *at)};
}

tocsin_status regex_check_replacement(const struct regex *regex, str replacement, struct error *err)
{
    for (size_t at = 0; at < replacement.len;) {
        size_t start = at;
        struct piece piece = take_piece(regex, replacement, &at);
        if (piece.problem) {
            return error_set(err, TOCSIN_ERROR_SYNTAX, "replacement '%.*s', offset %zu: %s",
                             STR_ARG(str_slice(replacement, 0, 300)), start, piece.problem);
        }
    }
    return TOCSIN_OK;
}

static void append_replacement(const struct regex *regex, struct regex_scratch *scratch, str text, str replacement)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->match_data);
    for (size_t at = 0; at < replacement.len;) {
        struct piece piece = take_piece(regex, replacement, &at);
        if (piece.is_group && offsets[2 * piece.group] != PCRE2_UNSET) {
            piece.text = str_slice(text, offsets[2 * piece.group], offsets[2 * piece.group + 1]);
        }
        strbuf_append(&scratch->replaced, piece.text);
    }
}

str regex_replace(const struct regex *regex, struct regex_scratch *scratch, str value, str replacement, bool all,
                  struct arena *arena)
{
    str text;
    if (!well_formed_view(scratch, value, &text)) {
        return (str){NULL, 0};
    }
    budget_begin(scratch, text.len);
    strbuf_clear(&scratch->replaced);
    size_t done = 0; /* text up to here is in the result */
    size_t from = 0;
    bool is_changed = false;
    while (from <= text.len && match_from(regex, scratch, text, from)) {
        const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->match_data);
        size_t start = offsets[0];
        size_t end = offsets[1];
        assert(start >= done && end >= start && end <= text.len);
        strbuf_append(&scratch->replaced, str_slice(text, done, start));
        append_replacement(regex, scratch, text, replacement);
        is_changed = true;
        done = end;
        if (!all || scratch->replaced.is_failed) {
            break;
        }
        /* As Java: behind an empty match the search goes on one character further. */
        uint32_t code_point;
        from = end > start ? end : end + (end < text.len ? utf8_decode(str_skip(text, end), &code_point) : 1);
    }
    if (!is_changed) {
        return value;
    }
    strbuf_append(&scratch->replaced, str_skip(text, done));
    return scratch->replaced.is_failed ? (str){NULL, 0} : arena_copy(arena, strbuf_str(&scratch->replaced));
}
