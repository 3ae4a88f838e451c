/* generate_logs.c - deterministic security logs for benchmarks, on standard output.
 *
 *     generate_logs flat   [-n ROWS]   [-v high|low] [-s SEED] [-f tsv|jsonl]    one table
 *     generate_logs auditd [-n EVENTS] [-v high|low] [-s SEED] [-f enriched|raw] Linux audit log
 *     generate_logs k8s    [-n EVENTS] [-v high|low] [-s SEED]                   Kubernetes audit events, JSON lines
 *
 * -v high: commands repeat, as cron jobs and probes do; low: arguments are unique. Counts go to standard error.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/log_generator.h"

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    const char *form = "";
    uint64_t count = 1000000;
    uint64_t seed = 42;
    bool is_low = false;
    bool is_good = strcmp(kind, "flat") == 0 || strcmp(kind, "auditd") == 0 || strcmp(kind, "k8s") == 0;
    optind = 2;
    for (int option; is_good && (option = getopt(argc, argv, "n:v:s:f:")) != -1;) {
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
        default:
            is_good = false;
        }
    }
    if (!is_good) {
        fputs("usage: generate_logs flat|auditd|k8s [-n N] [-v high|low] [-s SEED] [-f tsv|jsonl|enriched|raw]\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    static struct generator generator;
    generator_init(&generator, seed, is_low);
    if (strcmp(kind, "flat") == 0) {
        generate_flat(&generator, count, strcmp(form, "jsonl") == 0);
    } else if (strcmp(kind, "auditd") == 0) {
        generate_auditd(&generator, count, strcmp(form, "raw") != 0);
    } else {
        generate_kubernetes(&generator, count);
    }
    generator_release(&generator);
    return 0;
}
