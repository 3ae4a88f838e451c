/* base/limits.h
 * Every limit of the program, with its reason. Each has a test that hits it (tests/unit or tests/cases/limits).
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIBI ((size_t)1024)
#define MEBI ((size_t)1024 * KIBI)

/* ---- query text ---- */
/* Generated detection queries reach some 100 KiB; a megabyte is a mistake or an attack on the parser. */
#define LIMIT_QUERY_BYTES         (1 * MEBI)
/* Nesting of expressions. Bounds the recursion of parser, binder and printer: 8 MiB of stack hold it many times. */
#define LIMIT_EXPRESSION_DEPTH    200
/* Nodes of one syntax tree; bounds memory and the time of all passes over it. */
#define LIMIT_EXPRESSION_NODES    200000
/* Items of a list after SELECT, GROUP BY and so on, arguments of a call: each is a column of a batch (32 KiB). */
#define LIMIT_SELECT_ITEMS        1000
/* Values of one IN list; longer ones are indicator feeds, which want a reference set. */
#define LIMIT_IN_LIST             10000
/* Names of fields, aliases and functions. */
#define LIMIT_IDENTIFIER_BYTES    1024
/* Pattern of DATEFORMAT and PARSETIMESTAMP: each repeated letter is a digit of output, for every row. */
#define LIMIT_DATE_PATTERN_BYTES  1024

/* Remarks kept about one query: nobody reads more. */
#define LIMIT_DIAGNOSTICS         1000
/* Steps of those lints that compare conditions with each other; a tenth of a second. */
#define LIMIT_LINT_WORK           4000000

/* ---- input ---- */
/* A line longer than this is cut: its first part becomes a row flagged truncated, the rest is counted and skipped.
 * The largest real line is a Kubernetes RequestResponse event: etcd caps an object at 1.5 MiB, and an event holds
 * two. */
#define LIMIT_LINE_BYTES          (16 * MEBI)
/* One JSON value spread over lines (pretty-printed event). Elements of lists and arrays are taken one by one. */
#define LIMIT_JSON_DOCUMENT_BYTES LIMIT_LINE_BYTES
/* Nesting of JSON; Kubernetes' own decoder stops at 10,000, real events stay below 60. */
#define LIMIT_JSON_DEPTH          512
/* Input is read in pieces of this size; a batch never outlives its piece. */
#define LIMIT_CHUNK_BYTES         (1 * MEBI)
/* Batches that the reading thread of a run may be ahead of the other one, besides the one in work there. Their rows lie
 * in two buffers of LIMIT_CHUNK_BYTES, so that for most logs those are the bound. */
#define LIMIT_BATCHES_AHEAD       4
/* Files given or found; a list of paths has to fit in memory. */
#define LIMIT_INPUT_FILES         1000000
#define LIMIT_DIRECTORY_DEPTH     64
/* Inputs that cannot be read, kept with their message; more are counted. */
#define LIMIT_INPUT_PROBLEMS      1000
/* Decompressed bytes a compressed byte may become before the file is refused as a bomb; beyond a size that nobody
 * minds, since a small log of equal lines may well shrink that much. */
#define LIMIT_DECOMPRESSION_RATIO            10000
#define LIMIT_DECOMPRESSION_FREE_BYTES       (256 * MEBI)
/* Memory of a decompressor: zstd -22 and --long use a window of 128 MiB, xz -9 needs 65 MiB. */
#define LIMIT_DECOMPRESSION_MEMORY_BYTES     (136 * MEBI)

/* Fields of one LEEF, CEF or key=value message. Real ones stay below 200. */
#define LIMIT_MESSAGE_FIELDS      4096

/* Requests to a container engine whose bodies have not come yet: for each daemon of an input one of each kind is kept;
 * further ones give their rows at once. Segments of a path of its API: real ones have seven, and images' names a few
 * more; what is behind is left out. */
#define LIMIT_DOCKER_REQUESTS_HELD 16
#define LIMIT_DOCKER_PATH_SEGMENTS 24

/* A row of an exported table that goes on over lines, because a quote is open: payloads of several lines. One quote too
 * many must not take in the rest of the file. */
#define LIMIT_TABLE_ROW_LINES     1000
#define LIMIT_TABLE_ROW_BYTES     (1 * MEBI)

/* ---- audit events ---- */
/* Events whose records are still arriving. 1,024 cover the interleaving of a relay that serves hundreds of hosts. */
#define LIMIT_AUDIT_OPEN_EVENTS   1024
/* Records of one event: an execve with the kernel's maximum of arguments (2 MiB) is some 300 EXECVE records. */
#define LIMIT_AUDIT_EVENT_RECORDS 4096
/* Bytes of one event: as much as one line may have. */
#define LIMIT_AUDIT_EVENT_BYTES   LIMIT_LINE_BYTES
/* Bytes kept for all open events together. */
#define LIMIT_AUDIT_OPEN_BYTES    (32 * MEBI)
/* Arguments of one exec, the parts of long ones counted one by one: two bytes each are the least in 2 MiB of argument
 * space, but every one also costs the kernel a pointer, so this is about the most that can be. */
#define LIMIT_AUDIT_ARGUMENTS     262144

/* ---- execution ---- */
/* Rows of a batch: row numbers fit 16 bits, a column of strings 32 KiB of views. */
#define BATCH_ROWS_MAX            2048
/* What a run keeps in memory of rows, groups and sets (--memory): rules share it, and within a query its parts do, a
 * GROUP BY taking two shares. More goes to temporary files. */
#define LIMIT_RUN_BYTES           (128 * MEBI)
/* The least of one part, however many there are. */
#define LIMIT_PART_BYTES_MIN      (1 * MEBI)
/* Rows kept for sorting or replay live in memory up to this, then in an unlinked temporary file. */
#define LIMIT_SPOOL_BYTES         (48 * MEBI)
/* Evidence kept with a row: so many lines, so many bytes of each. The rest is counted in @evidence_more. */
#define LIMIT_EVIDENCE_LINES      16
#define LIMIT_EVIDENCE_LINE_BYTES (16 * KIBI)
/* Decoded values of one batch; guards against expansion of hostile input. */
#define LIMIT_BATCH_BYTES         (128 * MEBI)
/* What one regular expression may cost on one value, since values are written by attackers: steps (a loop entered, an
 * iteration begun: some 10 ns), and time of the thread for steps that cross much text. Both grow with the value, so
 * that honest patterns get to the end of long lines. Java has no limit and hangs. */
#define LIMIT_REGEX_STEPS          3000000
#define LIMIT_REGEX_STEPS_PER_BYTE 64
#define LIMIT_REGEX_NS             50000000
#define LIMIT_REGEX_NS_PER_BYTE    250
/* Heap of one match where the JIT's stack does not do. */
#define LIMIT_REGEX_HEAP_BYTES    (32 * MEBI)
/* Length, nesting (of groups, of classes) and groups of a pattern. PCRE2's own limit of nesting is 250. */
#define LIMIT_REGEX_BYTES         (64 * KIBI)
#define LIMIT_REGEX_DEPTH         200
#define LIMIT_REGEX_GROUPS        255
/* Literals looked for in one pass: ten thousand rules. The library takes seconds to compile as many. Bytes of each that
 * are looked for: enough to be rare, and compared in two steps. */
#define LIMIT_MATCH_LITERALS           32768
#define LIMIT_MATCH_LITERAL_BYTES      64
/* Pairs of a value and a literal kept of one pass; the values behind count as hits for every literal. */
#define LIMIT_MATCH_HITS               1048576
/* A LIKE pattern that comes from the log; a longer one matches nothing, so that it cannot end the run. */
#define LIMIT_PATTERN_FROM_LOG_BYTES   (256 * KIBI)
#define LIMIT_PATTERN_FROM_LOG_MEMORY  (128 * MEBI)
/* TEXT SEARCH: its text, its words, and the words of one phrase, which are bits of one number. Each word is looked for
 * in each payload. */
#define LIMIT_TEXT_SEARCH_BYTES        (64 * KIBI)
#define LIMIT_TEXT_SEARCH_WORDS        1000
#define LIMIT_TEXT_SEARCH_PHRASE_WORDS 64
/* A plan, and a program with its columns: each a megabyte of query in memory with room for 1,000 columns of text. */
#define LIMIT_QUERY_RUN_BYTES     (64 * MEBI)

/* What is looked at of the plans of a run to find out which rows they want; a test is made of it for each thread. Four
 * times what 2,000 rules have. */
#define LIMIT_SCAN_FILTER_STEPS   2000000
#define LIMIT_SCAN_FILTER_TESTS   4096

/* ---- command lines ---- */
/* A command line. One argument, so also the script of sh -c, has 128 KiB at most; of longer lines the front is read. */
#define LIMIT_COMMAND_BYTES         (256 * KIBI)
/* Bytes that may be read for one of them, with the texts within the text (sh -c, decoded ones) and what variables make
 * of it; bounds its time, some 20 ms. */
#define LIMIT_COMMAND_WORK_BYTES    (4 * MEBI)
/* Memory for one of them. */
#define LIMIT_COMMAND_MEMORY_BYTES  (64 * MEBI)
/* What was understood of recent lines is kept; lines longer than this are not. */
#define LIMIT_COMMAND_CACHE_BYTES   (32 * MEBI)
#define LIMIT_COMMAND_CACHED_BYTES  (32 * KIBI)
/* Simple commands of a line, words of one of them. */
#define LIMIT_COMMAND_COMMANDS      4096
#define LIMIT_COMMAND_WORDS         65536
/* Lines within lines: sh -c, substitutions, decoded texts. Bounds the recursion. */
#define LIMIT_COMMAND_DEPTH         8
/* Wrappers around one command: sudo env nice timeout .. */
#define LIMIT_COMMAND_WRAPPERS      24
/* Names of programs that are looked up; none that is known is longer. */
#define LIMIT_COMMAND_NAME_BYTES    64
/* Variables and aliases that are kept; words that xargs adds. */
#define LIMIT_COMMAND_VARIABLES     64
/* What stands between the braces of ${..} and {a,b}. */
#define LIMIT_COMMAND_BRACES_BYTES  4096
/* A text that base64, hex and the like hide. */
#define LIMIT_COMMAND_DECODED_BYTES (256 * KIBI)
/* Files and requests of one command that are looked at; a path as it is written; the parts of a glob that is compared
 * with another. */
#define LIMIT_COMMAND_PATHS         256
#define LIMIT_COMMAND_PATH_BYTES    4096
#define LIMIT_COMMAND_GLOB_PIECES   256
/* Comparisons of bytes of paths with bytes of patterns, for one line and one call; some 20 ms. */
#define LIMIT_COMMAND_GLOB_WORK     8000000
/* Commands of pipes that are followed for one pattern. */
#define LIMIT_COMMAND_PIPE_STEPS    64
/* Patterns are written by hand. */
#define LIMIT_COMMAND_PATTERN_BYTES 1024
#define LIMIT_COMMAND_PATTERN_WORDS 16
#define LIMIT_COMMAND_PATTERN_PARTS 4

/* Values of the answer of IN (SELECT ..). QRadar takes 10,000 of them. */
#define LIMIT_SUBQUERY_VALUES     1000000
/* Sub-selects in one another, and of one query: each has its own pipeline with columns and buffers. */
#define LIMIT_SUBQUERY_DEPTH      16
#define LIMIT_SUBQUERIES          64

/* ---- cursors ---- */
/* A name becomes a file name of up to three times its length. */
#define LIMIT_CURSOR_NAME_BYTES   64
/* Rows are written in blocks of about this size; one with giant values may be longer. */
#define LIMIT_CURSOR_BLOCK_BYTES  (1 * MEBI)
/* What a reader believes about the length of a block: the largest row there can be. */
#define LIMIT_CURSOR_PART_BYTES   (256 * MEBI)

/* ---- the event store ---- */
/* Rows of a block: the unit of zone maps, of work and of loss. Lines of evidence likewise. */
#define LIMIT_STORE_BLOCK_ROWS         65536
/* Rows of a segment: its dictionaries then pay, and fit in memory. */
#define LIMIT_STORE_SEGMENT_ROWS       1048576
/* What a reader believes of a segment's numbers: rows, blocks, columns of a block, chunks of a column. */
#define LIMIT_STORE_ROWS               UINT32_C(0x80000000)
#define LIMIT_STORE_BLOCKS             65536
#define LIMIT_STORE_COLUMNS            8192
#define LIMIT_STORE_CHUNKS             65536
#define LIMIT_STORE_BLOCK_BYTES        (512 * MEBI)
#define LIMIT_STORE_DIRECTORY_BYTES    (16 * MEBI)
#define LIMIT_STORE_FOOTER_BYTES       (256 * MEBI)
/* A writer keeps a block's rows in memory; with so many bytes of them the block ends before it is full. */
#define LIMIT_STORE_BUFFER_BYTES       (64 * MEBI)
/* Of a chunk before compression: what is decompressed and searched should stay in the cache. Records are taken one by
 * one, so theirs are smaller. A longer value has a chunk of its own. */
#define LIMIT_STORE_CHUNK_BYTES        (1 * MEBI)
#define LIMIT_STORE_RECORD_CHUNK_BYTES (256 * KIBI)
/* A value: some lines of the longest kind. What is longer is cut, and counted. */
#define LIMIT_STORE_VALUE_BYTES        (64 * MEBI)
/* One dictionary while it is written, and all of a segment, 17 bytes more for each entry; readers hold those they
 * need. */
#define LIMIT_STORE_DICTIONARY_BYTES   (32 * MEBI)
#define LIMIT_STORE_DICTIONARIES_BYTES (96 * MEBI)
/* Chunks that a reader holds of one block, beside dictionaries: what a writer collects, and a giant value or two. */
#define LIMIT_STORE_HELD_BYTES         (256 * MEBI)
/* Threads of a scan: each holds the dictionaries of a segment. */
#define LIMIT_STORE_SCAN_THREADS       2
/* Segments of a store: a year of ten million events a day has 3,500. */
#define LIMIT_STORE_SEGMENTS           1000000
/* The path of an input whose reading is marked; and marks that one block brings, as bytes. */
#define LIMIT_STORE_INPUT_BYTES        4096
#define LIMIT_STORE_MARKS_BYTES        (8 * MEBI)
/* Problems of a store kept with their message; more are counted. */
#define LIMIT_STORE_PROBLEMS           1000
/* How often a segment is read anew that became shorter meanwhile: its torn tail goes once, by whoever writes next. */
#define LIMIT_STORE_SCAN_ATTEMPTS      10

/* ---- output ---- */
/* Bytes collected before they are written; long values are escaped and written in parts of this size. */
#define LIMIT_OUTPUT_PART_BYTES   (64 * KIBI)
/* A table is sized by its first rows: so many, or so many bytes of them. Later rows follow the same widths. */
#define LIMIT_TABLE_SIZING_ROWS   1000
#define LIMIT_TABLE_SIZING_BYTES  (4 * MEBI)
/* Without a terminal's width nothing is cut, but a longer cell does not widen its column: one hostile value would
 * multiply into blanks in every other row. */
#define LIMIT_TABLE_PADDING_CELLS 200

/* ---- language server ---- */
/* A message holds a whole text, in JSON: a query of the longest kind, all of it escaped. */
#define LIMIT_LSP_MESSAGE_BYTES   (8 * MEBI)
#define LIMIT_LSP_HEADER_BYTES    (4 * KIBI)
#define LIMIT_LSP_DOCUMENTS       1000

/* ---- findings ---- */
/* Rows and lines of evidence of one finding; then it is closed and the next begins, so that nothing is lost. */
#define LIMIT_FINDING_ROWS        1000
#define LIMIT_FINDING_LINES       1000
/* The same in bytes: one finding is in memory at a time. One row has LIMIT_EVIDENCE_LINES of LIMIT_EVIDENCE_LINE_BYTES,
 * and texts that are cut at LIMIT_FINDING_TEXT_BYTES each: the line itself is in the evidence. */
#define LIMIT_FINDING_BYTES       (4 * MEBI)
#define LIMIT_FINDING_TEXT_BYTES  (16 * KIBI)
/* Further columns of a row that a finding keeps. */
#define LIMIT_FINDING_FIELDS      64
/* Acts of identities that are counted, to tell what is new; more are taken as new. 16 bytes each. */
#define LIMIT_FINDING_HABITS      1000000

/* ---- configuration ---- */
/* A YAML file; a pack of LIMIT_PACK_RULES rules with their descriptions fits. */
#define LIMIT_CONFIG_BYTES        (4 * MEBI)
#define LIMIT_PACK_RULES          10000
/* Any other file of a pack: a guide, a log that a test runs over. */
#define LIMIT_PACK_FILE_BYTES     (16 * MEBI)
/* The page about a pack: all its texts and queries. */
#define LIMIT_PACK_DOCUMENT_BYTES (256 * MEBI)
/* Of all files together; every row of a rule is held against each. */
#define LIMIT_EXCEPTIONS          10000
/* Cases of one rule's tests of a kind, and items of one case: a hundred commands are a hundred lines. */
#define LIMIT_RULE_CASES          10000
/* Labelled rows that a pack is measured with, and labelled ranges of lines of one log. */
#define LIMIT_LABELLED_ROWS       100000
#define LIMIT_LABELLED_RANGES     1000000
/* Kinds of acts that exceptions are proposed for at once: each is a decision of somebody. */
#define LIMIT_TUNING_GROUPS       1000
/* Findings of one run of a test that are looked at. */
#define LIMIT_FOUND_ROWS          1000000
/* Log lines that are made of cases, for one run. */
#define LIMIT_MADE_LOG_BYTES      (64 * MEBI)
/* A query converted for another system; those take far less. Also bounds what aliases within aliases grow to. */
#define LIMIT_CONVERSION_BYTES    (4 * MEBI)
/* Fields of the schema, and columns of a result: sets of fields are bit maps of this size. */
#define LIMIT_SCHEMA_FIELDS       4096
/* Elements of one reference set or map, cells of one reference table: some 40 bytes of memory each. The largest public
 * feeds of indicators have two million. */
#define LIMIT_REFERENCE_ELEMENTS  5000000
/* A file of reference data, which stays in memory as it is. */
#define LIMIT_REFERENCE_BYTES     (256 * MEBI)
/* Fields of a line of a CSV file, so columns of a reference table. */
#define LIMIT_REFERENCE_COLUMNS   256
/* Reference sets, maps and tables: their names are searched one by one when a query is bound. */
#define LIMIT_REFERENCE_COLLECTIONS 1000
/* Parameters of one custom function, saved searches; both are written by hand. */
#define LIMIT_CUSTOM_PARAMETERS   32
#define LIMIT_SAVED_SEARCHES      10000
/* Uses of custom functions and AQL-based properties in one query, those inside custom functions included. */
#define LIMIT_EXPANSIONS          10000
/* A zoneinfo file; the largest of the tz database has 4 KiB. */
#define LIMIT_ZONE_FILE_BYTES     (256 * KIBI)

/* ---- ClickHouse ---- */
/* Columns of a table there: the schema's fields, those of our own, and some that others put there. */
#define LIMIT_CLICKHOUSE_COLUMNS    8192
/* The name of a column: a field's, of which each byte may be written as three; and its type. */
#define LIMIT_CLICKHOUSE_NAME_BYTES (4 * KIBI)
/* One block of an answer. Servers make some of 65,536 rows; the largest row has a few times LIMIT_LINE_BYTES. */
#define LIMIT_CLICKHOUSE_BLOCK_BYTES    (256 * MEBI)
#define LIMIT_CLICKHOUSE_BLOCK_ROWS     (16 * MEBI)
#define LIMIT_CLICKHOUSE_FIXED_BYTES    (64 * KIBI)
/* Of an answer, until whoever reads it asks for more. */
#define LIMIT_CLICKHOUSE_PIECE_BYTES    (1 * MEBI)
/* An answer that is taken as a whole: names of columns, nodes, blocks. */
#define LIMIT_CLICKHOUSE_ANSWER_BYTES   (64 * MEBI)
/* Inputs that the rows of an answer name, 16 bytes each; those of more have one name. */
#define LIMIT_CLICKHOUSE_INPUTS         65536
/* What a server says instead of an answer; the rest is dropped. */
#define LIMIT_CLICKHOUSE_REFUSAL_BYTES  (64 * KIBI)
/* Host, database and settings. Queries are sent apart from it. */
#define LIMIT_CLICKHOUSE_URL_BYTES      (64 * KIBI)
#define LIMIT_CLICKHOUSE_PASSWORD_BYTES (4 * KIBI)
/* To reach a server, and for one to say anything: it may have to look through all days first. */
#define LIMIT_CLICKHOUSE_CONNECT_MS     10000
#define LIMIT_CLICKHOUSE_SILENCE_MS     600000
/* So long a table that was there may be away while another process makes it anew (18.16 in a cluster). */
#define LIMIT_CLICKHOUSE_TABLE_MS       10000
/* SQL of one condition or value, and of a whole query. */
#define LIMIT_CLICKHOUSE_PART_BYTES (256 * KIBI)
#define LIMIT_CLICKHOUSE_SQL_BYTES  (16 * MEBI)
/* One insert: rows, and bytes of values, behind which it is sent; what a batch adds may come on top. Columns of one. */
#define LIMIT_CLICKHOUSE_INSERT_ROWS  65536
#define LIMIT_CLICKHOUSE_INSERT_BYTES (32 * MEBI)
#define LIMIT_CLICKHOUSE_COLUMN_BYTES (512 * MEBI)
/* The text of one statement: CREATE TABLE with a line for each column. */
#define LIMIT_CLICKHOUSE_STATEMENT_BYTES (4 * MEBI)
/* A block as bytes: all its columns. */
#define LIMIT_CLICKHOUSE_BODY_BYTES   (1024 * MEBI)
/* A server that says nothing for so long about an insert is taken for lost. */
#define LIMIT_CLICKHOUSE_INSERT_MS    120000
/* So long a block is tried, over all failures; so long an insert that was broken off may go on at the server. */
#define LIMIT_CLICKHOUSE_RETRY_MS     300000
#define LIMIT_CLICKHOUSE_QUIET_MS     60000
/* Connections of one load: each has a block in its hands. The longest that a load may be told to go on trying. */
#define LIMIT_CLICKHOUSE_CONNECTIONS  64
#define LIMIT_CLICKHOUSE_RETRY_SECONDS 86400
/* Shards of a cluster that blocks are sent straight to; with more, they go through the Distributed table. */
#define LIMIT_CLICKHOUSE_SHARDS 1024
/* A node that is asked which shard it is of. */
#define LIMIT_CLICKHOUSE_GREETING_MS 2000
/* Blocks that one run of a scheduled hunt examines: 64 million rows. Their ids stand in its query twice. */
#define LIMIT_HUNT_BLOCKS         1000
/* Events of alerts that a run may meet again; 32 bytes each. */
#define LIMIT_ALERT_KEYS          4000000
#define LIMIT_ALERT_ANSWER_BYTES  (512 * MEBI)
/* Seconds of a lease, of a look-back (a year), and between two passes (a month). */
#define LIMIT_LEASE_SECONDS       3600
#define LIMIT_LOOK_BACK_MS        (INT64_C(366) * 86400000)
#define LIMIT_EVERY_MS            (INT64_C(31) * 86400000)
/* The file of a load that can go on: a line for each block that is being sent, and few for each input. */
#define LIMIT_CHECKPOINT_BYTES        (64 * MEBI)

/* ---- the host: doctor and simulate ---- */
/* A configuration file, the arguments of a process, the log of a simulation. */
#define LIMIT_HOST_FILE_BYTES     (32 * MEBI)
/* Names in a folder, processes, listening sockets. */
#define LIMIT_HOST_ENTRIES        65536
/* Everything that is read of a host. */
#define LIMIT_HOST_BYTES          (256 * MEBI)
/* Audit rules of a set. The largest public sets have a thousand. */
#define LIMIT_AUDIT_RULES         20000
/* Nodes of a Kubernetes audit policy that are looked at, those of an alias as often as it is named. */
#define LIMIT_POLICY_NODES        100000

#endif
