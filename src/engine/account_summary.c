#include "engine/account_summary.h"

#include "base/memory.h"
#include "base/utf8.h"

enum { SUMMARY_PROBLEMS_MAX = 100 };

void account_summary_release(struct account_summary *kept)
{
    memory_free(kept->types);
    memory_free(kept->dropped);
    memory_free(kept->problems);
    arena_release(&kept->names);
    *kept = (struct account_summary){0};
}

static str type_name(const struct tocsin_engine *engine, int64_t id)
{
    const struct log_source_type *type = log_source_type_find(engine->log_sources, id);
    return type                           ? type->name
           : id == LOG_SOURCE_TYPE_FLOWS  ? STR("flows")
           : id == LOG_SOURCE_TYPE_SIMARC ? STR("records of simarc")
                                          : STR("unknown");
}

static void summarise_counts(struct account_summary *kept, const struct tocsin_engine *engine,
                             const struct log_reader_statistics *statistics, struct tocsin_summary *summary)
{
    kept->types = memory_allocate_zeroed(statistics->type_count, sizeof(*kept->types));
    kept->dropped = memory_allocate_zeroed(statistics->dropped_count, sizeof(*kept->dropped));
    for (size_t i = 0; kept->types && i < statistics->type_count; i++) {
        char *name = arena_copy_cstring(&kept->names, type_name(engine, statistics->events_by_type[i].type_id));
        kept->types[i] = (struct tocsin_count){name ? name : "", statistics->events_by_type[i].count};
        kept->is_whole &= name != NULL;
    }
    for (size_t i = 0; kept->dropped && i < statistics->dropped_count; i++) {
        kept->dropped[i] = (struct tocsin_count){statistics->dropped[i].reason, statistics->dropped[i].count};
    }
    summary->events_by_type = kept->types;
    summary->type_count = kept->types ? statistics->type_count : 0;
    summary->dropped = kept->dropped;
    summary->dropped_count = kept->dropped ? statistics->dropped_count : 0;
}

/* The message with the path in front, unless it is in it. */
static void add_problem(struct account_summary *kept, size_t *count, str path, const struct error *err)
{
    struct error problem = *err;
    if (problem.source[0] == '\0') {
        utf8_escape_controls(path, problem.source, sizeof(problem.source));
    }
    public_error(&kept->problems[(*count)++], &problem);
}

static void summarise_problems(struct account_summary *kept, const struct input_list *inputs,
                               const struct log_account *account, struct tocsin_summary *summary)
{
    size_t listed = inputs ? inputs->problem_count : 0;
    size_t total = listed + account->problem_count;
    size_t shown = total < SUMMARY_PROBLEMS_MAX ? total : SUMMARY_PROBLEMS_MAX;
    kept->problems = memory_allocate_zeroed(shown, sizeof(*kept->problems));
    size_t count = 0;
    for (size_t i = 0; kept->problems && i < listed && count < shown; i++) {
        add_problem(kept, &count, inputs->problems[i].path, &inputs->problems[i].error);
    }
    for (size_t i = 0; kept->problems && i < account->problem_count && count < shown; i++) {
        const struct log_reader_problem *problem = &account->problems[i];
        bool is_input = inputs && problem->input < inputs->count;
        add_problem(kept, &count, is_input ? inputs->files[problem->input].path : STR_EMPTY, &problem->error);
    }
    summary->problems = kept->problems;
    summary->problem_count = count;
    summary->problems_more = total - count + account->problems_more;
    summary->input_failed_count = total + account->problems_more;
}

void account_summarise(struct account_summary *kept, const struct tocsin_engine *engine,
                       const struct input_list *inputs, const struct log_account *account,
                       struct tocsin_summary *summary)
{
    const struct log_reader_statistics *statistics = &account->statistics;
    account_summary_release(kept);
    arena_init(&kept->names, ARENA_NO_LIMIT);
    summary->input_count = inputs ? inputs->count : 0;
    summary->bytes = statistics->bytes;
    summary->lines = statistics->lines;
    summary->blank_lines = statistics->blank_lines;
    summary->events = statistics->events;
    summary->unparsed_lines = statistics->unparsed_events;
    summary->truncated_lines = statistics->truncated_events;
    kept->is_whole = true;
    summarise_counts(kept, engine, statistics, summary);
    summarise_problems(kept, inputs, account, summary);
    kept->is_whole &= kept->types && kept->dropped && kept->problems;
}
