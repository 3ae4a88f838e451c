#include "cli/help_text.h"

#include <string.h>

struct help {
    const char *usage;
    const char *text;
    const char *examples;
};

static const struct help helps[COMMAND_COUNT] = {
    [COMMAND_HUNT] =
        {
            "tocsin hunt [OPTION...] [LOG...]\n       tocsin hunt [OPTION...] --store DIR\n"
            "       tocsin hunt [OPTION...] --on ADDRESS [--every AGE | --since-last]",
            "Runs the rules of a detection pack over logs, joins what they say into findings, sets aside what is\n"
            "known to be harmless, and shows the findings with the input lines each was made from. A LOG is a file, a\n"
            "directory (read with all below it), a glob, or - for standard input; .gz, .zst and .xz are unpacked.\n"
            "Without a LOG, standard input is read if it is no terminal.\n"
            "With --every it searches what arrived in ClickHouse since the last pass, again and again, and writes\n"
            "alerts there; several such processes share the work, and one takes over if another dies.\n"
            "\n"
            "Exit code: 0 nothing found, 1 findings (that are shown; with --fail-on those as bad as it says, shown or\n"
            "not), 2 a rule is wrong, 3 wrong usage, configuration or unreadable input.\n",
            "  tocsin hunt /var/log/audit\n"
            "  tocsin hunt --evidence -o table /var/log/audit/audit.log '/var/log/kubernetes/*.log'\n"
            "  zcat old.log.gz | tocsin hunt - -o ndjson\n"
            "  tocsin hunt --min-level medium --fail-on high /var/log\n"
            "  tocsin hunt --query my_rule.aql --now system /var/log/audit\n"
            "  tocsin hunt --on 'clickhouse://db1/logs?cluster=all' --every 5m >> findings.ndjson\n",
        },
    [COMMAND_QUERY] =
        {
            "tocsin query [OPTION...] 'AQL' [LOG...]\n       tocsin query [OPTION...] --query FILE [LOG...]\n"
            "       tocsin query [OPTION...] --store DIR 'AQL'\n"
            "       tocsin query [OPTION...] --on clickhouse://HOST/DATABASE 'AQL'",
            "Runs one AQL query over logs (\"tocsin help hunt\" says what a LOG is). Put the query in quotes, so that\n"
            "the shell leaves it alone. Without a time clause it reads all of the input.\n"
            "\n"
            "Exit code: 0, or 2 the query is wrong, 3 wrong usage, configuration or unreadable input.\n",
            "  tocsin query 'SELECT username, \"Command\" FROM events WHERE \"Command\" ILIKE '\\''%kubectl%'\\''' "
            "/var/log/audit\n"
            "  tocsin query 'SELECT hostname, UTF8(payload) FROM events WHERE isunparsed = true' /var/log\n"
            "  tocsin query --query my_rule.aql -o csv /var/log/audit > found.csv\n"
            "  cat audit.log | tocsin query 'SELECT * FROM events LIMIT 5' --star all -o json\n",
        },
    [COMMAND_EXPLAIN] =
        {
            "tocsin explain [OPTION...] 'AQL'\n       tocsin explain --event FILE:LINE 'AQL' [LOG...]\n"
            "       tocsin explain --why LINE 'AQL'\n       tocsin explain --analyze 'AQL' [LOG...]",
            "Shows what a query does: its columns, order and groups, the tests in the order they run, the literals a\n"
            "row must hold, the time range and the fields that are read.\n"
            "With --event or --why it takes one event and shows every test with its result and the values it saw, as\n"
            "the query itself computes them. --event reads the FILE (and the LOGs, if others belong to it), since\n"
            "NOW() is the newest event of all; --why takes the text of an event, of one line or several.\n"
            "With --analyze it runs the query over the LOGs, or a store, and shows for each part of it the rows that\n"
            "came in and went out, and the time it took; its answer is not shown.\n"
            "\n"
            "Exit code: 0 (1 the event is not selected), 2 the query is wrong, 3 wrong usage, configuration or\n"
            "input.\n",
            "  tocsin explain --query packs/container-api/rules/t1552_007_qradar.aql\n"
            "  tocsin explain --event /var/log/audit/audit.log:123 'SELECT * FROM events WHERE severity > 7'\n"
            "  tocsin explain --analyze 'SELECT username, COUNT(*) FROM events GROUP BY username' /var/log/audit\n"
            "  tocsin explain -o json 'SELECT username FROM events WHERE username ILIKE '\\''%root%'\\'''\n",
        },
    [COMMAND_INGEST] =
        {
            "tocsin ingest --store DIR [OPTION...] [LOG...]\n"
            "       tocsin ingest --to clickhouse://HOST/DATABASE [OPTION...] [LOG...]",
            "Puts the events of logs into an event store: a folder that hunt, query and explain read with --store,\n"
            "far faster than the logs. It is made if it is not there. (\"tocsin help hunt\" says what a LOG is.) One\n"
            "writes at a time, others may read meanwhile. What is acknowledged stays, whatever happens; Ctrl-C ends\n"
            "early and keeps what was read. With --once only that is added which the store does not have: of a log\n"
            "that has grown what is new, of one whose ingest was cut short the rest. docs/store.md says more.\n"
            "\n"
            "With --to events go into the tables of ClickHouse that \"tocsin schema\" makes. Any number of processes\n"
            "may send at once. With --checkpoint, what was cut short (by Ctrl-C, a crash, a server that was away)\n"
            "goes on where it stood, and of logs that have grown comes what is new, each event once. Without it the\n"
            "same log again is sent again; --once leaves out a log that is there as a whole. docs/clickhouse.md says\n"
            "more:\n"
            "  tocsin ingest --to 'clickhouse://db1/logs?cluster=all' --checkpoint audit.cp /var/log/audit\n"
            "\n"
            "Exit code: 0, or 3 wrong usage, configuration, unreadable input, a disk that is full, or a server that\n"
            "does not answer or refuses.\n",
            "  tocsin ingest --store events /var/log/audit\n"
            "  tocsin ingest --store events --once /var/log/audit\n"
            "  tocsin hunt --store events\n"
            "  tocsin query --store events 'SELECT username, COUNT(*) FROM events GROUP BY username'\n",
        },
    [COMMAND_SCHEMA] =
        {
            "tocsin schema --clickhouse [OPTION...]",
            "Prints the statements that make Tocsin's tables in ClickHouse, for which \"tocsin ingest --to\" and\n"
            "\"tocsin query --on\" are. With --apply it makes them itself, and brings tables of an earlier release up\n"
            "to date; it may be run again at any time. docs/clickhouse.md says more:\n"
            "  tocsin schema --clickhouse --apply 'clickhouse://db1/logs?cluster=all'\n"
            "\n"
            "Exit code: 0, or 3 wrong usage, or a server that cannot be reached or refuses.\n",
            "  tocsin schema --clickhouse --cluster logs\n"
            "  tocsin schema --clickhouse --keep-days 90 > tables.sql\n",
        },
    [COMMAND_STORE] =
        {
            "tocsin store info|verify|compact|repair [OPTION...] DIR\n"
            "       tocsin store retain --older-than AGE|--max-bytes SIZE [--dry-run] DIR\n"
            "       tocsin store export [OPTION...] [--query FILE] DIR",
            "Says what is in an event store (\"tocsin help ingest\"), and keeps it small and whole.\n"
            "  info     how many events, from when to when, of which log source types, from which inputs and how far\n"
            "           these were read, and what each column takes, the widest first\n"
            "  verify   reads everything and names what is damaged\n"
            "  compact  makes large segments of small ones; with --older-than compresses old ones better\n"
            "  retain   deletes whole segments, the oldest first\n"
            "  repair   writes damaged segments anew with what can be read of them\n"
            "  export   every field of every event, or the rows of a query, as NDJSON (default), JSON, CSV or TSV\n"
            "docs/store.md says more, also how to make Parquet of it.\n"
            "\n"
            "Reading goes on meanwhile, writing waits. Ctrl-C stops at any moment; what was completed stays.\n"
            "\n"
            "Exit code: 0, 1 something is damaged, 3 wrong usage, or a store that cannot be read or written.\n",
            "  tocsin store info events\n"
            "  tocsin store verify events\n"
            "  tocsin store compact --older-than 7d events\n"
            "  tocsin store retain --older-than 9000d --max-bytes 100G --dry-run events\n"
            "  tocsin store repair events\n"
            "  tocsin store export -o csv events > events.csv\n",
        },
    [COMMAND_CHECK] =
        {
            "tocsin check [OPTION...] FILE...|FOLDER...|-|'AQL'",
            "Says what is wrong with queries: what does not parse, names and types that do not fit, and what\n"
            "people get wrong in AQL, such as YYYY in a date, a missing time clause, patterns that nothing fits.\n"
            "Each finding has its place, the reason, and the way out; --fix mends what is plain. A FOLDER is a\n"
            "pack, or is searched for .aql files. A comment /* tocsin:ignore CODE */ silences a finding of its\n"
            "line, or of the next one.\n"
            "\n"
            "Exit code: 0, or 1 there are findings as bad as --fail-on says, 3 wrong usage, configuration or\n"
            "unreadable input.\n",
            "  tocsin check packs/container-api\n"
            "  tocsin check --fix --fail-on error my_rule.aql\n"
            "  tocsin check \"SELECT username FROM events WHERE username = NULL LAST 1 HOURS\"\n"
            "  tocsin check --as filter \"severity > 20\"\n"
            "  tocsin check -o sarif rules > findings.sarif\n",
        },
    [COMMAND_SHELL] =
        {
            "tocsin shell [OPTION...] [LOG...]\n       tocsin shell [OPTION...] --store DIR",
            "A prompt for queries over logs or an event store, with editing, history (in ~/.local/state/tocsin) and\n"
            "completion of names at Tab. A query runs when a line ends it with ';', when its only line is whole, or\n"
            "at an empty line. Lines that begin with a dot are commands; .help lists them. Without a terminal it\n"
            "runs the queries of its standard input, each ended by ';' or an empty line.\n"
            "\n"
            "Exit code: 0; without a terminal that of the last query.\n",
            "  tocsin shell /var/log/audit\n"
            "  tocsin shell -o csv /var/log/audit < queries.aql\n",
        },
    [COMMAND_LSP] =
        {
            "tocsin lsp [OPTION...]",
            "A language server for AQL: started by an editor, it speaks the Language Server Protocol on standard\n"
            "input and output. It marks what `tocsin check` finds, completes fields, functions and aliases, says\n"
            "what a name is, lays queries out and offers the safe fixes. docs/editors.md shows how to set up VS Code\n"
            "and Neovim.\n"
            "\n"
            "Exit code: 0 when the editor ended it as the protocol wants, else 1; 3 wrong usage or configuration.\n",
            "  tocsin lsp --config ./soc\n",
        },
    [COMMAND_FMT] =
        {
            "tocsin fmt [OPTION...] FILE...|FOLDER...|-|'AQL'",
            "Prints queries in one canonical layout: clauses on lines of their own, one select item and one condition\n"
            "a line where they do not fit into 100 columns, keywords in capitals. Comments stay, and so does the\n"
            "meaning. A FILE holds one query or one expression (a filter, a property); of a FOLDER all .aql files are\n"
            "taken; - is standard input.\n"
            "\n"
            "Exit code: 0 (1 --check found a file), 2 a query is wrong, 3 wrong usage or unreadable files.\n",
            "  tocsin fmt my_rule.aql\n"
            "  tocsin fmt --check .\n"
            "  tocsin fmt --write my_rule.aql\n"
            "  tocsin fmt 'select username,count(*) n from events group by username last 1 hours'\n",
        },
    [COMMAND_SIMULATE] =
        {
            "tocsin simulate [OPTION...]",
            "Carries out the four validation tests of T1552.007 on this host, harmlessly: all secrets listed with\n"
            "kubectl, docker ps into docker inspect, a service account token read, an open Docker API called. The\n"
            "commands are real; what they reach are dummies in namespaces of their own. Then it checks that the audit\n"
            "records came, and that the rules find each test. It asks before it adds audit rules, and takes them back\n"
            "whatever happens. It needs root. docs/simulate.md says more.\n"
            "\n"
            "Exit code: 0 all is found, 1 a signal did not come or was not found, 3 an error, or the answer was no.\n",
            "  tocsin simulate --list\n"
            "  sudo tocsin simulate\n"
            "  sudo tocsin simulate --yes --test 1,3 --keep recorded\n",
        },
    [COMMAND_CONVERT] =
        {
            "tocsin convert --to TARGET [OPTION...] RULE|FILE|-|'AQL'...\n"
            "       tocsin convert --to TARGET --pack DIR [--output-dir DIR]",
            "Writes rules of the pack, or queries, in the language of another system. Each construct is translated\n"
            "exactly or refused by name, with its place. The comments in front say how exact the result is, why, and\n"
            "what the fields are called; --fields gives other names. docs/converting.md has the table of what goes\n"
            "where.\n"
            "\n"
            "Exit code: 0, or 2 a query is wrong or has what the target can't say, 3 wrong usage or files.\n",
            "  tocsin convert --to splunk t1552_007_qradar\n"
            "  tocsin convert --to sigma my_rule.aql > my_rule.yml\n"
            "  tocsin convert --to sentinel --fields my_tables.yaml my_rule.aql\n"
            "  tocsin convert --to all --pack container-api --output-dir conversions\n",
        },
    [COMMAND_DOCTOR] =
        {
            "tocsin doctor [OPTION...]",
            "Says which of the telemetry that the pack needs is switched on on this host: auditd and its rules, the\n"
            "audit log of a kube-apiserver, the logs of dockerd and podman; which rules see nothing without it, and\n"
            "the exact lines that are missing. It changes nothing. Run it as root: others cannot ask the kernel. With\n"
            "--root it examines a folder that holds a host's files. docs/telemetry.md says more.\n"
            "\n"
            "Exit code: 0 all is on, 1 something is missing or cannot be seen, 3 an error.\n",
            "  sudo tocsin doctor\n"
            "  tocsin doctor -o json\n"
            "  tocsin doctor --root /mnt/image\n",
        },
    [COMMAND_TEST] =
        {
            "tocsin test [OPTION...] [PACK...]\n       tocsin test --can-fire [--pack PACK] LOG...",
            "Runs the cases of a pack's rules (tests/ID.yaml), and measures the pack: recall on labelled attacks,\n"
            "findings per 1000 labelled benign rows, and findings a day on logs of everyday work. A rule without\n"
            "positive and negative cases fails. A PACK is a folder with a pack.yaml, or a built-in pack (default:\n"
            "container-api). docs/testing-packs.md says how cases are written.\n"
            "\n"
            "With --on all of it runs on ClickHouse, in a database of its own beside the one that is named, which is\n"
            "dropped at the end. Of a cluster name all nodes, parted by commas.\n"
            "\n"
            "Exit code: 0 all passed, 1 a case failed, a threshold was missed or a rule is blind, 2 a rule is\n"
            "wrong, 3 wrong usage, configuration or unreadable files.\n",
            "  tocsin test\n"
            "  tocsin test --rule t1552_007_qradar --explain packs/container-api\n"
            "  tocsin test -o junit packs/* > results.xml\n"
            "  tocsin test -o navigator > layer.json\n"
            "  tocsin test --labelled my_rows.tsv --list-missed\n"
            "  tocsin test --on clickhouse://db1/default --rule kube_exec\n"
            "  tocsin test --can-fire /var/log/audit\n",
        },
    [COMMAND_DOC] =
        {
            "tocsin doc [OPTION...] [PACK]",
            "Writes the detection page of a pack, made of the pack's own files: what the technique is, each rule with\n"
            "its query, its form for QRadar, false positives and tuning, the expected signals of the validation\n"
            "tests, what is set aside as harmless, the guides, and all references. As Markdown, or with -o html as\n"
            "one page that needs no other file. PACK is a directory or a name (default: container-api).\n"
            "\n"
            "Exit code: 0, or 3 wrong usage, or a pack that is wrong or not there.\n",
            "  tocsin doc -o html > container-api.html\n"
            "  tocsin doc packs/container-api > container-api.md\n",
        },
    [COMMAND_TUNE] =
        {
            "tocsin tune [--benign N,... | --all-benign] [OPTION...] FINDINGS...",
            "Proposes exceptions for findings that are harmless. FINDINGS are files of `tocsin hunt -o ndjson`, or -\n"
            "for standard input. Without --benign or --all-benign it lists the findings with their numbers. With them\n"
            "it prints a list for `tocsin hunt --exceptions`, as narrow as it takes that no attack of the pack's\n"
            "tests is hidden, not even if the excepted identity did it; where that can't be, it refuses and says\n"
            "which attacks. docs/tuning.md says more.\n"
            "\n"
            "Exit code: 0 there is an exception for all that is marked, 1 not for all of it, 3 wrong usage or files.\n",
            "  tocsin hunt -o ndjson /var/log/audit > findings.ndjson\n"
            "  tocsin tune findings.ndjson\n"
            "  tocsin tune --benign 2,5-7 findings.ndjson > exceptions.yaml\n",
        },
    [COMMAND_CURSORS] =
        {
            "tocsin cursors [OPTION...]\n       tocsin cursors --delete NAME...",
            "Lists the cursors: answers that a query kept by INTO, which later queries read by FROM. A cursor lives\n"
            "for a day. They are files in ~/.local/state/tocsin/cursors, or where --cursors says.\n"
            "\n"
            "Exit code: 0, or 3 wrong usage, or a cursor that is not there.\n",
            "  tocsin query \"SELECT * FROM events INTO logons WHERE category = 3004\" /var/log\n"
            "  tocsin query \"SELECT username, COUNT(*) FROM logons GROUP BY username\"\n"
            "  tocsin cursors\n",
        },
    [COMMAND_FORMATS] =
        {
            "tocsin formats [OPTION...] [NAME...]",
            "Lists the log formats and the fields each fills: the name to use in AQL, its type, and where it comes\n"
            "from in the log.\n",
            "  tocsin formats\n"
            "  tocsin formats linux_audit\n",
        },
    [COMMAND_FUNCTIONS] =
        {
            "tocsin functions [OPTION...] [NAME...]",
            "Lists the functions of AQL, those of your configuration folder among them, or explains the ones named:\n"
            "what they take and give, what they do with nulls, and an example.\n",
            "  tocsin functions\n"
            "  tocsin functions networkname substring\n"
            "  tocsin functions -o json > functions.json\n",
        },
    [COMMAND_HELP] =
        {
            "tocsin help [COMMAND]",
            "Shows what a command does, its options, and examples.\n",
            "  tocsin help hunt\n",
        },
    [COMMAND_VERSION] =
        {
            "tocsin version",
            "Shows the version.\n",
            "  tocsin version\n",
        },
};

static void print_option(FILE *file, const struct option_info *option, enum command command)
{
    enum { NAME_CELLS = 24 };
    char name[64];
    int used = option->short_name ? snprintf(name, sizeof(name), "-%c, ", option->short_name)
                                  : snprintf(name, sizeof(name), "    ");
    snprintf(name + used, sizeof(name) - (size_t)used, "--%s%s%s", option->long_name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    bool is_output = option->offset == offsetof(struct command_line, output);
    if (is_output && command == COMMAND_CHECK) {
        fprintf(file, "  %-*s  findings as text, or for programs\n", NAME_CELLS, name);
        fprintf(file, "  %-*s  one of text|json|sarif\n", NAME_CELLS, "");
        return;
    }
    if (is_output && command == COMMAND_DOC) {
        fprintf(file, "  %-*s  one of markdown|html (default: markdown)\n", NAME_CELLS, name);
        return;
    }
    if (is_output && command == COMMAND_STORE) {
        fprintf(file, "  %-*s  of info and verify one of text|json (default: text),\n", NAME_CELLS, name);
        fprintf(file, "  %-*s  of export one of ndjson|json|csv|tsv (default: ndjson)\n", NAME_CELLS, "");
        return;
    }
    if (is_output && command == COMMAND_TEST) {
        fprintf(file, "  %-*s  one of text|junit|json|navigator (default: text)\n", NAME_CELLS, name);
        return;
    }
    if (is_output && (command == COMMAND_FUNCTIONS || command == COMMAND_EXPLAIN || command == COMMAND_DOCTOR ||
                      command == COMMAND_SIMULATE || command == COMMAND_CONVERT)) {
        fprintf(file, "  %-*s  one of text|json (default: text)\n", NAME_CELLS, name);
        return;
    }
    fprintf(file, "  %-*s  %s\n", NAME_CELLS, name, option->help);
    if (option->offset == offsetof(struct command_line, fail_on)) {
        bool is_hunt = command == COMMAND_HUNT;
        fprintf(file, "  %-*s  one of %s (default: %s)\n", NAME_CELLS, "", is_hunt ? LEVEL_CHOICES : SEVERITY_CHOICES,
                is_hunt ? "informational" : "warning");
    } else if (option->choices) {
        fprintf(file, "  %-*s  one of %s\n", NAME_CELLS, "", option->choices);
    } else if (is_output) {
        fprintf(file, "  %-*s  one of ", NAME_CELLS, "");
        for (size_t i = 0; i < tocsin_output_count(); i++) {
            const char *output;
            const char *description;
            tocsin_output_get(i, &output, &description);
            fprintf(file, "%s%s", i > 0 ? "|" : "", output);
        }
        fputc('\n', file);
    }
}

static void print_overview(FILE *file)
{
    fputs("Tocsin runs AQL, the query language of IBM QRadar, over security logs, without a QRadar.\n"
          "\n"
          "usage: tocsin COMMAND [OPTION...] [ARGUMENT...]\n"
          "\n"
          "commands:\n"
          "  hunt      run the rules of a detection pack over logs\n"
          "  query     run one AQL query over logs\n"
          "  explain   show the plan of a query, or why it selects one event or not\n"
          "  ingest    put the events of logs into an event store, or into tables of ClickHouse\n"
          "  schema    print or make the tables of ClickHouse\n"
          "  store     say what is in an event store, verify, compact, shorten, repair or export it\n"
          "  check     say what is wrong with queries, or hardly meant, and mend it\n"
          "  fmt       print queries in one canonical layout\n"
          "  test      run the tests of detection packs, and measure them\n"
          "  tune      propose exceptions for findings that are harmless\n"
          "  shell     a prompt for queries, with history and completion\n"
          "  lsp       serve editors: marks, completion, help, layout and fixes for AQL\n"
          "  simulate  carry out the validation tests of the pack here, and see them found\n"
          "  convert   write rules in the language of another system: Splunk, Sentinel, Sigma and others\n"
          "  doctor    say which telemetry is switched on on this host, and what to add\n"
          "  doc       write the detection page of a pack\n"
          "  cursors   list the answers that INTO kept, or delete some\n"
          "  formats   list the log formats and the fields they fill\n"
          "  functions list the functions, or explain some\n"
          "  help      explain a command\n"
          "  version   show the version\n"
          "\n"
          "examples:\n"
          "  tocsin hunt /var/log/audit\n"
          "  tocsin query 'SELECT username, \"Command\" FROM events LIMIT 10' /var/log/audit\n"
          "\n"
          "\"tocsin help COMMAND\" says more; so does man tocsin.\n",
          file);
}

void help_print(FILE *file, enum command command)
{
    if (command == COMMAND_NONE) {
        print_overview(file);
        return;
    }
    const struct help *help = &helps[command];
    fprintf(file, "usage: %s\n\n%s\noptions:\n", help->usage, help->text);
    size_t count;
    const struct option_info *options = option_list(&count);
    for (size_t i = 0; i < count; i++) {
        bool is_about_program = strcmp(options[i].long_name, "version") == 0;
        bool is_run = command != COMMAND_HELP && command != COMMAND_VERSION;
        bool is_help = strcmp(options[i].long_name, "help") == 0;
        if ((options[i].commands >> command & 1) && !is_about_program && (is_run || is_help)) {
            print_option(file, &options[i], command);
        }
    }
    fprintf(file, "\nexamples:\n%s", help->examples);
}
