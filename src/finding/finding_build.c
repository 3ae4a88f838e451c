#include "finding/finding_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

#define FINDING_COLUMN_ROW(symbol, name, type, domain) {STR(name), type, domain},
const struct result_column finding_result_columns[FINDING_COLUMN_COUNT] = {FINDING_COLUMN_LIST(FINDING_COLUMN_ROW)};

/* Different texts of a finding that are listed; there may be a thousand. */
enum { LISTED_TEXTS_MAX = 20 };

/* ---- judging ---- */

/* A correlation rule's row stands for the others, so at equal risk the later one is the worse. */
void finding_judge(const struct finding_item *items, uint32_t count, struct finding_judgement *ret)
{
    struct finding_judgement judgement = {.risk = items[0].row.risk, .level = items[0].row.level};
    for (uint32_t i = 1; i < count; i++) {
        const struct finding_row *row = &items[i].row;
        if (row->level > judgement.level || (row->level == judgement.level && row->risk > judgement.risk)) {
            judgement.risk = row->risk;
            judgement.level = row->level;
            judgement.worst = i;
        }
    }
    *ret = judgement;
}

/* ---- evidence ---- */

struct line_place {
    uint32_t input;
    uint64_t line;
    str raw;
    uint32_t item;
    uint32_t number; /* in the item */
};

static int compare_lines(const void *a, const void *b)
{
    const struct line_place *x = a;
    const struct line_place *y = b;
    if (x->input != y->input) {
        return x->input < y->input ? -1 : 1;
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    int order = str_compare(x->raw, y->raw);
    if (order != 0) {
        return order;
    }
    if (x->item != y->item) {
        return x->item < y->item ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static bool is_same_line(const struct line_place *a, const struct line_place *b)
{
    return a->input == b->input && a->line == b->line && str_eq(a->raw, b->raw);
}

/* Each line once, in the order of the log; items get the numbers of theirs. */
static bool merge_evidence(const struct finding_item *items, uint32_t count, struct arena *arena,
                           struct result_act *acts, struct result_evidence *ret)
{
    size_t total = 0;
    uint64_t more = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += items[i].row.evidence.count;
        more += items[i].row.evidence.more;
    }
    struct line_place *places = arena_array(arena, struct line_place, total + 1);
    struct evidence *lines = arena_array(arena, struct evidence, total + 1);
    uint32_t *numbers = arena_array(arena, uint32_t, total + 1);
    if (!places || !lines || !numbers) {
        return false;
    }
    size_t filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct result_evidence *evidence = &items[i].row.evidence;
        acts[i].lines = numbers + filled;
        acts[i].line_more = evidence->more;
        for (uint32_t j = 0; j < evidence->count; j++) {
            places[filled++] =
                (struct line_place){evidence->lines[j].input, evidence->lines[j].line, evidence->lines[j].raw, i, j};
        }
    }
    if (total > 1) {
        qsort(places, total, sizeof(*places), compare_lines);
    }
    uint32_t line_count = 0;
    for (size_t i = 0; i < total; i++) {
        if (i == 0 || !is_same_line(&places[i - 1], &places[i])) {
            lines[line_count++] = items[places[i].item].row.evidence.lines[places[i].number];
        }
        struct result_act *act = &acts[places[i].item];
        uint32_t *act_numbers = numbers + (act->lines - numbers);
        act_numbers[act->line_count++] = line_count - 1;
    }
    *ret = (struct result_evidence){lines, line_count, more};
    return true;
}

/* ---- texts ---- */

static bool is_listed(const str *texts, uint32_t count, str text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(texts[i], text)) {
            return true;
        }
    }
    return false;
}

/* Different texts, the worst row's first; what is too many is counted. */
static bool list_texts(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                       uint32_t worst, int text_id, struct arena *arena, str *ret_text)
{
    str listed[LISTED_TEXTS_MAX];
    uint32_t listed_count = 0;
    uint32_t more = 0;
    struct strbuf text;
    strbuf_init(&text, LIMIT_FINDING_BYTES);
    for (uint32_t i = 0; i <= count; i++) {
        const struct finding_row *row = &items[i == 0 ? worst : i - 1].row;
        str one = text_id < 0 ? options->rules[row->rule].id : row->texts[text_id];
        if (one.len == 0 || is_listed(listed, listed_count, one)) {
            continue;
        }
        if (listed_count == LISTED_TEXTS_MAX) {
            more++;
            continue;
        }
        strbuf_append(&text, listed_count > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(&text, one);
        listed[listed_count++] = one;
    }
    if (more > 0) {
        strbuf_append(&text, STR(", and more"));
    }
    *ret_text = text.is_failed || listed_count == 0 ? (str){0} : arena_copy(arena, strbuf_str(&text));
    strbuf_release(&text);
    return listed_count == 0 || ret_text->data != NULL;
}

static bool list_exceptions(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                            struct arena *arena, str *ret_text)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_FINDING_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        bool is_known = items[i].exception == EXCEPTION_NONE;
        for (uint32_t j = 0; j < i && !is_known; j++) {
            is_known = items[j].exception == items[i].exception;
        }
        if (!is_known) {
            struct exception_info info;
            exceptions_get(options->exceptions, items[i].exception, &info);
            strbuf_append(&text, text.len > 0 ? STR(", ") : STR_EMPTY);
            strbuf_append(&text, info.id);
        }
    }
    *ret_text = text.is_failed ? (str){0} : text.len > 0 ? arena_copy(arena, strbuf_str(&text)) : STR_EMPTY;
    strbuf_release(&text);
    return ret_text->data != NULL;
}

static str format_time(const struct finding_options *options, int64_t time_ms, struct arena *arena)
{
    struct civil civil;
    char text[64];
    civil_from_zone_ms(time_ms, options->zone, &civil);
    int length = snprintf(text, sizeof(text), "%04lld-%02d-%02d %02d:%02d:%02d", (long long)civil.year, civil.month,
                          civil.day, civil.hour, civil.minute, civil.second);
    return arena_copy(arena, (str){text, length > 0 ? (size_t)length : 0});
}

/* The first text that is there, the worst row's before the others'. */
static str first_text(const struct finding_item *items, uint32_t count, uint32_t worst, enum row_text text)
{
    str found = items[worst].row.texts[text];
    for (uint32_t i = 0; i < count && found.len == 0; i++) {
        found = items[i].row.texts[text];
    }
    return found.len > 0 ? found : (str){0};
}

/* ---- QRadar's numbers ---- */

static uint32_t clamp_ten(int64_t number)
{
    return number < 1 ? 1 : number > 10 ? 10 : (uint32_t)number;
}

static str outcome_of(const struct finding_item *items, uint32_t count)
{
    static const str order[] = {STR("success"), STR("unknown"), STR("failed"), STR("denied")};
    for (size_t i = 0; i < countof(order); i++) {
        for (uint32_t j = 0; j < count; j++) {
            if (str_eq_ignore_case(items[j].row.texts[ROW_OUTCOME], order[i])) {
                return order[i];
            }
        }
    }
    return (str){0};
}

/* Severity: how bad, from the risk. Credibility: how sure, from what saw it, more if two rules did. Relevance: how much
 * it matters here: it worked, and is new. Magnitude: QRadar's weights 3, 2 and 5. */
static void rate(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                 struct finding *finding)
{
    const struct finding_judgement *judgement = &finding->judgement;
    const struct finding_row *worst = &items[judgement->worst].row;
    bool has_second = false;
    for (uint32_t i = 0; i < count; i++) {
        has_second |= items[i].row.rule != worst->rule;
    }
    int64_t severity = clamp_ten((judgement->risk + 9) / 10);
    int64_t credibility = clamp_ten((int64_t)options->rules[worst->rule].credibility + has_second);
    str outcome = finding->texts[FINDING_OUTCOME];
    int64_t relevance = str_eq(outcome, STR("success")) ? 8 : str_eq(outcome, STR("denied")) ? 4 : 6;
    relevance = str_eq(outcome, STR("failed")) ? 4 : relevance;
    relevance = clamp_ten(relevance + (judgement->before == 0 ? 2 : 0) - (judgement->habit < 0 ? 2 : 0));
    finding->numbers[FINDING_SEVERITY] = severity;
    finding->numbers[FINDING_CREDIBILITY] = credibility;
    finding->numbers[FINDING_RELEVANCE] = relevance;
    finding->numbers[FINDING_MAGNITUDE] = (severity * 3 + credibility * 2 + relevance * 5 + 5) / 10;
}

/* ---- all of it ---- */

static void set_number(struct finding *finding, enum finding_column column, int64_t number)
{
    finding->numbers[column] = number;
    finding->has_number[column] = true;
}

static void fill_numbers(const struct finding_item *items, uint32_t count, struct finding *finding)
{
    const struct finding_judgement *judgement = &finding->judgement;
    const struct finding_row *worst = &items[judgement->worst].row;
    set_number(finding, FINDING_RISK, judgement->risk + judgement->habit);
    set_number(finding, FINDING_ROWS, count);
    set_number(finding, FINDING_FIRST, finding->shown.first_ms);
    set_number(finding, FINDING_LAST, finding->shown.last_ms);
    set_number(finding, FINDING_SECONDS, (finding->shown.last_ms - finding->shown.first_ms) / 1000);
    set_number(finding, FINDING_BEFORE, (int64_t)judgement->before);
    set_number(finding, FINDING_NEW, judgement->before == 0);
    set_number(finding, FINDING_HABIT, judgement->habit);
    for (size_t i = 0; i < ROW_PART_COUNT; i++) {
        finding->numbers[FINDING_REACH + i] = worst->parts[i];
        finding->has_number[FINDING_REACH + i] = worst->has_part[i];
    }
    for (size_t i = 0; i < ROW_INDICATOR_COUNT; i++) {
        bool is_set = false;
        for (uint32_t j = 0; j < count; j++) {
            is_set |= items[j].row.indicators[i];
        }
        set_number(finding, (enum finding_column)(FINDING_KUBECTL + i), is_set);
    }
    for (size_t i = FINDING_SEVERITY; i <= FINDING_MAGNITUDE; i++) {
        finding->has_number[i] = true;
    }
}

static void fill_acts(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                      struct result_act *acts)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct finding_row *row = &items[i].row;
        acts[i] = (struct result_act){
            .rule_id = options->rules[row->rule].id,
            .level = options->level_names[row->level],
            .risk = row->risk,
            .time_ms = row->time_ms,
            .act = row->texts[ROW_ACT],
            .target = row->texts[ROW_TARGET],
            .detail = row->texts[ROW_DETAIL],
            .outcome = row->texts[ROW_OUTCOME],
            .name_space = row->texts[ROW_NAMESPACE],
            .process = row->texts[ROW_PROCESS],
            .client = row->texts[ROW_CLIENT],
            .session = row->texts[ROW_SESSION],
            .fields = row->fields,
            .field_count = row->field_count,
        };
    }
}

static void fill_shown(const struct finding_item *items, uint32_t count, struct finding *finding)
{
    struct result_finding *shown = &finding->shown;
    const str *texts = finding->texts;
    shown->time = texts[FINDING_TIME];
    shown->identity = texts[FINDING_IDENTITY];
    shown->host = texts[FINDING_HOST];
    shown->source = texts[FINDING_SOURCE];
    shown->acts = texts[FINDING_ACTS];
    shown->targets = texts[FINDING_TARGETS];
    shown->detail = texts[FINDING_DETAIL];
    shown->rules = texts[FINDING_RULES];
    shown->excepted = texts[FINDING_EXCEPTED];
    shown->is_new = finding->judgement.before == 0;
    shown->magnitude = (uint32_t)finding->numbers[FINDING_MAGNITUDE];
    shown->item_count = count;
    shown->worst = finding->judgement.worst;
}

bool finding_build(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                   const struct finding_judgement *judgement, struct arena *arena, struct finding *ret_finding)
{
    struct finding *finding = ret_finding;
    uint32_t worst = judgement->worst;
    *finding = (struct finding){.judgement = *judgement};
    struct result_act *acts = arena_array(arena, struct result_act, count);
    if (!acts) {
        return false;
    }
    fill_acts(options, items, count, acts);
    finding->shown = (struct result_finding){.first_ms = items[0].row.time_ms, .last_ms = items[0].row.time_ms};
    finding->shown.items = acts;
    for (uint32_t i = 1; i < count; i++) {
        int64_t time_ms = items[i].row.time_ms;
        finding->shown.first_ms = time_ms < finding->shown.first_ms ? time_ms : finding->shown.first_ms;
        finding->shown.last_ms = time_ms > finding->shown.last_ms ? time_ms : finding->shown.last_ms;
    }
    str *texts = finding->texts;
    texts[FINDING_TIME] = format_time(options, finding->shown.first_ms, arena);
    texts[FINDING_LEVEL] = options->level_names[judgement->level];
    texts[FINDING_IDENTITY] = first_text(items, count, worst, ROW_IDENTITY);
    texts[FINDING_HOST] = first_text(items, count, worst, ROW_HOST);
    texts[FINDING_SOURCE] = first_text(items, count, worst, ROW_SOURCE);
    texts[FINDING_DETAIL] = first_text(items, count, worst, ROW_DETAIL);
    texts[FINDING_OUTCOME] = outcome_of(items, count);
    bool has_memory = texts[FINDING_TIME].data &&
                      list_texts(options, items, count, worst, ROW_ACT, arena, &texts[FINDING_ACTS]) &&
                      list_texts(options, items, count, worst, ROW_TARGET, arena, &texts[FINDING_TARGETS]) &&
                      list_texts(options, items, count, worst, -1, arena, &texts[FINDING_RULES]) &&
                      merge_evidence(items, count, arena, acts, &finding->evidence);
    if (has_memory && items[0].exception != EXCEPTION_NONE) {
        has_memory = list_exceptions(options, items, count, arena, &texts[FINDING_EXCEPTED]);
    }
    fill_numbers(items, count, finding);
    rate(options, items, count, finding);
    fill_shown(items, count, finding);
    return has_memory;
}
