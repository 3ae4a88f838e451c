/* test: the cases of packs, what packs are measured on, and which rules are blind on a log. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/standard_output.h"
#include "verify/verify.h"

enum { RULES_MAX = 1000 };

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

/* --rule a,b,c; the text is cut into pieces. */
static tocsin_status read_rules(char *list, const char **rules, size_t *ret_count, struct tocsin_error *err)
{
    size_t count = 0;
    for (char *id = list; id;) {
        char *comma = strchr(id, ',');
        if (comma) {
            *comma = '\0';
        }
        if (count == RULES_MAX) {
            return usage_error(err, "without --rule all rules are tested", "--rule names more than %d rules",
                               RULES_MAX);
        }
        rules[count++] = id;
        id = comma ? comma + 1 : NULL;
    }
    *ret_count = count;
    return TOCSIN_OK;
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    if (line->list && line->can_fire) {
        return usage_error(err, "\"tocsin help test\" lists them", "--list and --can-fire exclude each other");
    }
    if (line->on && (line->list || line->can_fire)) {
        return usage_error(err, "leave out --on", "--on is where tests run; --list and --can-fire run none");
    }
    if (line->can_fire && line->operand_count == 0) {
        return usage_error(err, "tocsin test --can-fire /var/log/audit", "--can-fire looks at logs: name some");
    }
    if (!line->can_fire && line->pack && line->operand_count > 0) {
        return usage_error(err, "tocsin test PACK...; --pack goes with --can-fire LOG...",
                           "packs are named by --pack or as arguments, not both");
    }
    return TOCSIN_OK;
}

static tocsin_status run(const struct command_line *line, tocsin_engine *engine, const struct verify_options *options,
                         bool *ret_has_passed, struct tocsin_error *err)
{
    const char *pack = line->pack ? line->pack : "container-api";
    const char *const *packs = line->operand_count > 0 ? line->operands : &pack;
    size_t pack_count = line->operand_count > 0 ? line->operand_count : 1;
    if (line->can_fire) {
        return verify_can_fire(engine, pack, line->operands, line->operand_count, options, ret_has_passed, err);
    }
    return line->list ? verify_list(engine, packs, pack_count, options, err)
                      : verify_packs(engine, packs, pack_count, options, ret_has_passed, err);
}

static tocsin_status test(const struct command_context *context, char *rule_list, bool *ret_has_passed,
                          struct tocsin_error *err)
{
    const struct command_line *line = context->line;
    const char *rules[RULES_MAX];
    struct verify_options options = {
        .output = line->output,
        .rules = rules,
        .labelled = line->labelled,
        .on = line->on,
        .explains = line->explain != NULL,
        .lists_missed = line->list_missed != NULL,
        .shows_coverage = line->coverage != NULL,
        .is_quiet = line->quiet != NULL,
        .write = write_output,
    };
    tocsin_engine *engine = NULL;
    tocsin_status status = check_usage(line, err);
    status = status == TOCSIN_OK ? read_rules(rule_list, rules, &options.rule_count, err) : status;
    status = status == TOCSIN_OK ? command_create_engine(line, &engine, err) : status;
    if (line->on) {
        interrupt_install(); /* what was made there is dropped first */
    }
    status = status == TOCSIN_OK ? run(line, engine, &options, ret_has_passed, err) : status;
    tocsin_engine_free(engine);
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        status = failure == 0 ? TOCSIN_OK : standard_output_error(failure, err);
    }
    return status;
}

int test_command(const struct command_context *context)
{
    struct tocsin_error err = {0};
    bool has_passed = true;
    char *rule_list = context->line->rule ? strdup(context->line->rule) : NULL;
    tocsin_status status = test(context, rule_list, &has_passed, &err);
    free(rule_list);
    return status == TOCSIN_OK ? !has_passed : command_fail(context, &err);
}
