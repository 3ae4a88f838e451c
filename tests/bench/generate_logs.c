/* generate_logs.c - deterministic security logs for benchmarks, on standard output.
 *
 *     generate_logs flat   [-n ROWS]   [-v high|low] [-s SEED] [-f tsv|jsonl|qradar] [-u N] one table
 *     generate_logs auditd [-n EVENTS] [-v high|low] [-s SEED] [-f enriched|raw] Linux audit log
 *     generate_logs k8s    [-n EVENTS] [-v high|low] [-s SEED]                   Kubernetes audit events, JSON lines
 *
 * -v high: commands repeat, as cron jobs and probes do; low: arguments are unique. -u: one of N commands in each row.
 * The forms of one table hold the same rows. Counts go to standard error.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/log_generator.h"

static enum flat_form flat_form_of(const char *name)
{
    return strcmp(name, "jsonl") == 0 ? FLAT_JSON : strcmp(name, "qradar") == 0 ? FLAT_QRADAR : FLAT_TSV;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    const char *form = "";
    uint64_t count = 1000000;
    uint64_t seed = 42;
    uint32_t unique_count = 0;
    bool is_low = false;
    bool is_good = strcmp(kind, "flat") == 0 || strcmp(kind, "auditd") == 0 || strcmp(kind, "k8s") == 0;
    optind = 2;
    for (int option; is_good && (option = getopt(argc, argv, "n:v:s:f:u:")) != -1;) {
        switch (option) {
        case 'n':
            count = strtoull(optarg, NULL, 10);
            break;
        case 's':
            seed = strtoull(optarg, NULL, 10);
            break;
        case 'v':
            is_low = strcmp(optarg, "low") == 0;
            break;
        case 'f':
            form = optarg;
            break;
        case 'u':
            unique_count = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        default:
            is_good = false;
        }
    }
    if (!is_good) {
        fputs("usage: generate_logs flat|auditd|k8s [-n N] [-v high|low] [-s SEED] "
              "[-f tsv|jsonl|qradar|enriched|raw] [-u N]\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    static struct generator generator;
    generator_init(&generator, seed, is_low);
    if (strcmp(kind, "flat") == 0) {
        struct flat_options options = {.row_count = count, .form = flat_form_of(form), .unique_count = unique_count};
        generate_flat(&generator, &options);
    } else if (strcmp(kind, "auditd") == 0) {
        generate_auditd(&generator, count, strcmp(form, "raw") != 0);
    } else {
        generate_kubernetes(&generator, count);
    }
    generator_release(&generator);
    return 0;
}
