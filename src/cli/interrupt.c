#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t request_count;

/* Only calls that are safe in a signal handler. */
static void note_request(int signal_number)
{
    request_count++;
    if (request_count > 1) {
        _exit(EXIT_INTERRUPTED);
    }
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = note_request}; /* no SA_RESTART: a waiting read returns */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) { /* under nohup it stays ignored */
        (void)sigaction(SIGHUP, &action, NULL);
    }
}

bool interrupt_is_requested(void)
{
    return request_count > 0;
}

void interrupt_reset(void)
{
    request_count = 0;
}
