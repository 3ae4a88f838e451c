/* format/log_feed.h
 * The batches of a log reader, read by the caller's thread or by one of their own, with the account as it stood at each
 * of them. Batches, their order and the account are the same in both cases.
 *
 * With a thread, everything that the reader does happens there: opening, reading, unpacking, splitting, parsing.
 * Batches go through a ring: each belongs to the reading thread until it is taken, then to the caller until his next
 * call, then to the reading thread again. The thread begins with the first call of log_feed_next, takes
 * no signals, and has ended when log_feed_free returns. If it cannot be made, the caller's thread reads.
 *
 * Memory: what one reader needs, its buffer twice, and LIMIT_BATCHES_AHEAD batches more.
 * Threads: a feed belongs to the one that calls it.
 */
#ifndef FORMAT_LOG_FEED_H
#define FORMAT_LOG_FEED_H

#include "format/log_reader.h"

struct log_feed;

struct log_feed_options {
    struct log_reader_options reader; /* `released` and the context's counter of regular expressions are the feed's */
    bool has_thread;
};

/* How things stood when the last batch was given. */
struct log_account {
    struct log_reader_statistics statistics;
    struct log_reader_progress progress;
    const struct log_reader_problem *problems; /* live as long as the feed */
    size_t problem_count;
    uint64_t problems_more;
    const struct log_input_end *ends; /* by input; those of inputs whose rows have all been given may be looked at */
    uint64_t regex_given_up; /* values that cost a property's regular expression too much */
    bool has_newest;         /* see log_reader_newest_time */
    int64_t newest_ms;
    bool has_newest_plausible;
    int64_t newest_plausible_ms;
    struct {
        bool is_set;
        int64_t ms;
    } newest_by_trust[LOG_TRUSTS]; /* see log_reader_newest_of */
};

/* What the options point to has to outlive the feed. */
tocsin_status log_feed_create(const struct log_feed_options *options, struct log_feed **ret_feed, struct error *err);
void log_feed_free(struct log_feed *feed);

/* As log_reader_next; behind an error comes the end. A batch has no rows, too, when none came for a tenth of a second:
 * the caller may have been told to stop. */
tocsin_status log_feed_next(struct log_feed *feed, struct batch **ret_batch, struct error *err);
/* No more is read: the next calls give what was read, what the formats still hold, then the end. */
void log_feed_stop(struct log_feed *feed);
/* Nothing more will be asked for: reading ends, and log_feed_next must not be called any more. */
void log_feed_close(struct log_feed *feed);

/* Valid until the next call of log_feed_next. */
const struct log_account *log_feed_account(const struct log_feed *feed);

#endif
