/* Command: one word of `nutgraf`, its options and its manual page. */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses of every command; documented in each page: add only at the end. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* something was refused, dead-lettered or did not work */
    EXIT_USAGE = 2,
    EXIT_CONFIG = 3,
    EXIT_NO_BROKER = 4,
    EXIT_INTERRUPTED = 130, /* as shells report SIGINT */
};

typedef enum { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER } option_kind_t;

/* One option; target is a bool, const char * or int64_t that the command owns. */
typedef struct {
    const char *name; /* "--name" */
    char letter;      /* "-n", 0: none */
    option_kind_t kind;
    const char *value; /* what the page calls the value; NULL for flags */
    const char *help;
    void *target;
    int64_t min, max; /* OPTION_NUMBER */
} option_t;

typedef struct {
    const char *name;     /* "submit", "dead-letters" */
    const char *summary;  /* one line */
    const char *synopsis; /* what stands behind the name */
    const char *text;     /* the description; paragraphs are lines */
    const char *examples; /* one a line */
    int (*run)(int argc, char **argv);
} command_t;

/* NULL if there is none of that name. */
const command_t *command_find(const char *name);

/* In the order of the page of all commands; NULL behind the last. */
const command_t *command_at(size_t i);

/* Reads the options of argv (argv[0] is the command's name), in any order with operands.
 * Returns the operands' count and moves them to argv[1..]; -1: *status is set and the
 * command returns it (--help was printed, or there was a usage error). */
int command_options(const char *name, const option_t *options, size_t count, int argc,
                    char **argv, int *status);

/* Prints "nutgraf NAME: message" and the way to --help; returns EXIT_USAGE. */
int command_usage(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The page of all commands. */
void command_list(void);

extern const char *const command_version;

int run_main(int argc, char **argv);
int submit_main(int argc, char **argv);
int tail_main(int argc, char **argv);
int status_main(int argc, char **argv);
int dead_letters_main(int argc, char **argv);
int trace_main(int argc, char **argv);
int pause_main(int argc, char **argv);
int resume_main(int argc, char **argv);
int drain_main(int argc, char **argv);
int cancel_main(int argc, char **argv);
int reprocess_main(int argc, char **argv);
int metrics_main(int argc, char **argv);
int health_main(int argc, char **argv);
int top_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int bench_main(int argc, char **argv);
int completion_main(int argc, char **argv);
int keygen_main(int argc, char **argv);

#endif
