/* cli/standard_output.h
 * Bytes to standard output, without a buffer of its own: a failure (full disk, closed pipe) is seen where it happens.
 */
#ifndef CLI_STANDARD_OUTPUT_H
#define CLI_STANDARD_OUTPUT_H

#include "tocsin/tocsin.h"

/* 0, or an errno. */
int standard_output_write(const char *bytes, size_t byte_count);
/* What is only known at the end, such as a quota of a network file system. 0, or an errno. */
int standard_output_close(void);
/* The error for such an errno: TOCSIN_ERROR_CLOSED for a closed pipe. */
tocsin_status standard_output_error(int failure, struct tocsin_error *err);

#endif
