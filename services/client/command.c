#include "client/command.h"

#include "client/manual.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const command_version = NUTGRAF_VERSION; /* docker/Dockerfile's */

static const command_t commands[] = {
    {"run", "enrich articles here and now: starts everything, prints results, stops",
     "[OPTION]... [IN]",
     "Starts a broker and the stages of config/pipeline.json as processes of its own, in "
     "a\n"
     "private folder, submits the articles of IN, prints each enriched article as soon as\n"
     "it is done, and stops everything.\n"
     "IN is a directory of .html, .htm and .txt files (searched recursively), one such\n"
     "file, a .jsonl or .json file with a submission a line or an array of them, a .warc\n"
     "web archive (its HTML responses; such files of a directory are read too), or - for\n"
     "standard input: JSON lines, an array, an archive, or, if it begins otherwise, one\n"
     "document. All may be packed with gzip. The id of a document is its path below the\n"
     "directory, of one file its name.\n"
     "Without IN: the bundled sample pages.\n"
     "On a terminal an article is shown to be read, else it is one line of JSON. A reader\n"
     "that has seen enough (`| head -1`) ends the run; its status is 0.\n"
     "With --serve the gateway runs too, and all goes on until Ctrl-C: the page at\n"
     "http://127.0.0.1:8080/ takes articles, shows what becomes of them, and watches the\n"
     "stages; programs use the same address. Without IN there are no sample pages then.",
     "nutgraf run\n"
     "nutgraf run --serve\n"
     "nutgraf run pages/ > enriched.jsonl\n"
     "zcat crawl.jsonl.gz | nutgraf run - | jq -r .summary.headline",
     run_main},
    {"submit", "hand articles to a running broker", "[OPTION]... IN",
     "Sends the articles of IN (as in `nutgraf run --help`) to the broker of\n"
     "config/broker.json and prints the id of each once it is safe on the broker's disk.\n"
     "The id of a document is its path below the directory (of one file its name; stdin),\n"
     "# and the first 8 hex digits of the SHA-256 of its bytes: a page that has changed "
     "is\n"
     "another article. An id that the broker knows is a duplicate, named on standard\n"
     "error: the older article stands.\n"
     "Articles that cannot be read or are refused are named on standard error; the others "
     "go\n"
     "on.\n"
     "With --wait it ends when each article is done in all sinks or dead. When for the\n"
     "seconds of --timeout none has ended, and all that are left wait for a sink, it "
     "tells\n"
     "where each waits and ends with 1: they are safe in the broker.\n"
     "With --watch, IN is a drop folder: each file in it (not below it) that nobody has\n"
     "written to for a second is submitted, and moves to IN/done when all of it is safe, "
     "to\n"
     "IN/failed when something in it was refused. Names that begin with a dot are left.",
     "nutgraf submit page.html\n"
     "nutgraf submit --watch /srv/drop\n"
     "nutgraf submit CC-NEWS-20261125.warc.gz\n"
     "nutgraf submit --wait --priority 0 today.jsonl.gz\n"
     "scrapy crawl news -O -:jsonlines | nutgraf submit -",
     submit_main},
    {"tail", "follow the results as they are delivered", "[OPTION]... [FILE]",
     "Prints what the first JSONL sink of config/pipeline.json writes, or FILE, from its "
     "end\n"
     "on, until interrupted. A file that is rotated or cut is followed.",
     "nutgraf tail\n"
     "nutgraf tail -n 10 --no-follow | jq .id",
     tail_main},
    {"status", "what waits, works and failed in the broker", "[OPTION]...",
     "Prints how the articles stand in all, then one line a stage (ready, waiting for a "
     "retry,\n"
     "with a worker, dead, done, and the age of the oldest that is ready), then the "
     "workers.\n"
     "A stage with work and nobody to do it, and one that is paused, are marked.",
     "nutgraf status\n"
     "nutgraf status --watch\n"
     "nutgraf status --json | jq '.stages[].ready'",
     status_main},
    {"top", "a live view of the broker and its dead letters", "[OPTION]...",
     "Shows once a second what `nutgraf status` prints, with the rate of each stage and "
     "the\n"
     "latest dead letters. Keys: q ends, space holds the view, d shows or hides the dead\n"
     "letters. It goes on when the broker comes back. Without a terminal each view is "
     "plain\n"
     "lines.",
     "nutgraf top\n"
     "nutgraf top -n 5 > view.txt",
     top_main},
    {"dead-letters", "articles that were given up, and why",
     "list|show|retry|drop [OPTION]... [ID]...",
     "list: one line each. show ID: the article as it stands. retry and drop: the named "
     "ones,\n"
     "those of --stage, or --all; retried articles begin their attempts anew.",
     "nutgraf dead-letters list\n"
     "nutgraf dead-letters show front/page-7.html | jq .raw\n"
     "nutgraf dead-letters retry --stage tag",
     dead_letters_main},
    {"trace", "where an article is, and what each stage did to it", "[--json] ID",
     "Prints the article's state and every hop of its journey: stage, worker, attempt, how "
     "long\n"
     "it waited in the queue and was worked on, and the model; for a dead letter the "
     "reason.\n"
     "Finished articles are kept for a while (keep_days and keep_max in broker.json); of "
     "an\n"
     "older one the state alone is known.",
     "nutgraf trace front/page-7.html\n"
     "nutgraf trace --json front/page-7.html | jq '.trace[].process_ms'",
     trace_main},
    {"pause", "hold back the work of a stage", "[--json] STAGE",
     "Articles wait at the stage until it is resumed, also over a restart of the broker. "
     "What\n"
     "its workers hold, they finish.",
     "nutgraf pause deliver", pause_main},
    {"resume", "let a paused stage go on", "[--json] STAGE",
     "Takes back `nutgraf pause` and `nutgraf drain`.", "nutgraf resume deliver",
     resume_main},
    {"drain", "pause a stage and wait until its workers are idle", "[OPTION]... STAGE",
     "Ends when no worker of the stage holds an article: time to change its model or its\n"
     "program. The stage stays paused until `nutgraf resume`, also when the time is over "
     "or\n"
     "the command is interrupted.",
     "nutgraf drain tag && systemctl restart nutgraf-tag && nutgraf resume tag\n"
     "nutgraf drain --timeout 60 deliver",
     drain_main},
    {"cancel", "take articles out of their queues", "[--json] ID...|-",
     "What waits becomes a dead letter, which `nutgraf dead-letters retry` brings back and "
     "drop\n"
     "removes. What a worker holds goes on. With -, ids are the lines of standard input, "
     "each\n"
     "up to its first tab.",
     "nutgraf cancel front/page-7.html\n"
     "cut -f1 wrong.tsv | nutgraf cancel -",
     cancel_main},
    {"reprocess", "send finished articles through the route again, from a stage on",
     "--from=STAGE --since=TIME | --from=STAGE ID...|-",
     "The new result is another row in the sink, under the same id. The articles go at "
     "the\n"
     "lowest priority, behind fresh ones. Finished articles are kept for a while "
     "(keep_days and\n"
     "keep_max in broker.json); an older one must be submitted anew.\n"
     "The raw page is kept only with the option keep_raw of clean; without it, clean lets "
     "the\n"
     "article pass as it is. With -, ids are the lines of standard input, each up to its "
     "first\n"
     "tab. Status 1 if an id is not that of a kept article.",
     "nutgraf reprocess --from tag --since 7d\n"
     "nutgraf reprocess --from summarise --since 2026-03-01T08:00Z\n"
     "jq -r .id bad.jsonl | nutgraf reprocess --from tag -",
     reprocess_main},
    {"metrics", "the broker's counters, for Prometheus", "[--json]",
     "Prints them in the text exposition format 0.0.4.",
     "nutgraf metrics > /var/lib/node_exporter/nutgraf.prom", metrics_main},
    {"health", "says whether the broker, the gateway or a worker is well", "[OPTION]...",
     "Asks the broker and ends: status 0 if it answered in time, 4 if not. The same of a\n"
     "gateway on this machine, which is well while its broker is, and of a worker: it is\n"
     "well if it renewed its file in the last 10 s.",
     "nutgraf health --timeout 500 && echo up\n"
     "nutgraf health --gateway 8080\n"
     "NUTGRAF_ALIVE=/tmp/alive nutgraf health --worker",
     health_main},
    {"doctor", "finds what is wrong here, and says how to mend it", "[OPTION]...",
     "Looks at the configuration, the environment, keys, programs, models (by starting "
     "each\n"
     "stage on no input), disk, the doors of the broker, its workers, and the destinations "
     "of\n"
     "the sinks. One line a check: ok, note or FAIL, and behind a FAIL what to do. "
     "Changes\n"
     "nothing, but a sink may make its file. Status 1 if a check fails.",
     "nutgraf doctor\n"
     "nutgraf doctor --json | jq 'select(.state == \"fail\")'",
     doctor_main},
    {"bench", "how many articles a second this machine does", "[OPTION]... [IN]",
     "Runs the articles of IN (as in `nutgraf run --help`; without it the bundled sample\n"
     "pages), repeated up to --articles, through each stage of config/pipeline.json as a\n"
     "filter, one process each, and then through a broker of its own with all stages, as\n"
     "`nutgraf run` does.",
     "nutgraf bench\n"
     "nutgraf bench --articles 5000 pages/ --json",
     bench_main},
    {"completion", "a script by which a shell completes nutgraf's words", "bash|zsh",
     "Prints the script. `make install` puts both where the shells look for them.",
     "source <(nutgraf completion bash)\n"
     "nutgraf completion zsh > ~/.zfunc/_nutgraf",
     completion_main},
    {"keygen", "make keys for doors that are encrypted, and tokens for HTTP",
     "[OPTION]... DIR",
     "Without --peer: makes the broker's keys, DIR/broker.secret and DIR/broker.public, "
     "and "
     "an\n"
     "allow-list without entries, DIR/allow; prints the public key.\n"
     "With --peer: makes DIR/NAME.secret and DIR/NAME.public, adds the public key with "
     "its\n"
     "roles to DIR/allow, if there is one, and prints that line. Without --stage a worker "
     "may\n"
     "serve all stages. To take a key back, delete its line.\n"
     "With --all: makes what is missing of a whole system, DIR/broker/, DIR/gateway/ and "
     "a\n"
     "folder for each program of config/pipeline.json, so that each gets its own alone.\n"
     "With --token: makes a bearer token for the gateway, adds its line to DIR/tokens and "
     "prints\n"
     "the token; \"tokens\" of gateway.json names the file, which is read again when it\n"
     "changes. To take a token back, delete its line.\n"
     "Secret files have mode 0600. What exists is never overwritten.",
     "nutgraf keygen var/keys\n"
     "nutgraf keygen --all var/keys\n"
     "nutgraf keygen var/keys --peer peer --role submitter,worker,client\n"
     "nutgraf keygen var/keys --peer tagger --role worker --stage tag\n"
     "nutgraf keygen var/keys --token scraper --role submit,read",
     keygen_main},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

const command_t *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

const command_t *command_at(size_t i)
{
    return i < COMMANDS ? &commands[i] : NULL;
}

void command_list(void)
{
    printf("NAME\n    nutgraf - cleans, tags and summarises scraped news articles\n\n"
           "SYNOPSIS\n    nutgraf COMMAND [OPTION]... [ARGUMENT]...\n"
           "    nutgraf COMMAND --help\n    nutgraf --help | --version\n\nCOMMANDS\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("    %-13s %s\n", commands[i].name, commands[i].summary);
    }
    printf(
        "\nDESCRIPTION\n    Data goes to standard output, notes to standard error. The "
        "configuration is\n    config/broker.json and config/pipeline.json.\n\n"
        "ENVIRONMENT\n"
        "    NUTGRAF_CONFIG         the folder of the configuration\n"
        "    NUTGRAF_BROKER         the folder of the broker's sockets, if it is not "
        "var/run\n"
        "    NUTGRAF_BROKER_ADMIN   and so on: each option of broker.json and, by stage,\n"
        "                           of pipeline.json can be overridden\n"
        "    NO_COLOR               no colours on a terminal\n\nEXIT STATUS\n%s",
        manual_exits);
}

int command_usage(const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "nutgraf %s: ", name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "; see `nutgraf %s --help`\n", name);
    va_end(args);
    return EXIT_USAGE;
}

static const option_t *find_option(const option_t *options, size_t count, const char *word,
                                   size_t len)
{
    for (size_t i = 0; i < count; i++) {
        bool is_letter = len == 2 && options[i].letter != 0 && word[1] == options[i].letter;
        bool is_name = len > 2 && strncmp(word + 2, options[i].name, len - 2) == 0 &&
                       options[i].name[len - 2] == '\0';
        if (word[1] == '-' ? is_name : is_letter) {
            return &options[i];
        }
    }
    return NULL;
}

/* 0, or -1 when the value does not fit. */
static int set_option(const option_t *option, const char *value)
{
    char *end = NULL;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)option->target = true;
        return 0;
    case OPTION_TEXT:
        *(const char **)option->target = value;
        return 0;
    case OPTION_NUMBER:
        errno = 0;
        long long number = strtoll(value, &end, 10);
        if (errno != 0 || *value == '\0' || *end != '\0' || number < option->min ||
            number > option->max) {
            return -1;
        }
        *(int64_t *)option->target = number;
        return 0;
    }
    return -1;
}

/* Reads the option at argv[*at] and its value; 0, or EXIT_USAGE. */
static int read_option(const char *name, const option_t *options, size_t count, int argc,
                       char **argv, int *at)
{
    const char *word = argv[*at];
    size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : 2;
    const option_t *option = find_option(options, count, word, len);
    if (option == NULL) {
        return command_usage(name, "unknown option %.*s", (int)len, word);
    }
    const char *value = word[len] == '=' ? word + len + 1 : word[len] ? word + len : NULL;
    if (option->kind == OPTION_FLAG && value != NULL) {
        return command_usage(name, "--%s takes no value", option->name);
    }
    if (option->kind != OPTION_FLAG && value == NULL && ++*at < argc) {
        value = argv[*at];
    }
    if (option->kind != OPTION_FLAG && value == NULL) {
        return command_usage(name, "--%s needs a value", option->name);
    }
    if (set_option(option, value) != 0) {
        return command_usage(name, "--%s is %s, needs %lld to %lld", option->name, value,
                             (long long)option->min, (long long)option->max);
    }
    return 0;
}

static bool wants_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int command_options(const char *name, const option_t *options, size_t count, int argc,
                    char **argv, int *status)
{
    int operands = 0;
    bool only_operands = false;
    for (int at = 1; at < argc; at++) {
        if (only_operands || argv[at][0] != '-' || argv[at][1] == '\0') {
            argv[++operands] = argv[at];
        } else if (strcmp(argv[at], "--") == 0) {
            only_operands = true;
        } else if (wants_help(argv[at])) {
            manual_print(command_find(name), options, count);
            *status = EXIT_OK;
            return -1;
        } else if (strcmp(argv[at], "--help-man") == 0) {
            manual_print_roff(command_find(name), options, count);
            *status = EXIT_OK;
            return -1;
        } else if (strcmp(argv[at], "--help-options") == 0) {
            manual_print_words(options, count);
            *status = EXIT_OK;
            return -1;
        } else if ((*status = read_option(name, options, count, argc, argv, &at)) != 0) {
            return -1;
        }
    }
    return operands;
}
