/* The `nutgraf` command. */
#include "client/command.h"
#include "client/manual.h"
#include "runtime/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A reader of the output that has gone (`| head`) is an error of write, not a death. */
static void ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    ignore_broken_pipes();
    log_open("client");
    bool is_help = strcmp(word, "help") == 0;
    const command_t *about = is_help && argc == 3 ? command_find(argv[2]) : NULL;
    if (about != NULL) {
        char option[] = "--help", *page[] = {argv[2], option, NULL};
        return about->run(2, page);
    }
    if (is_help && argc == 3 && strcmp(argv[2], "--man") == 0) {
        manual_print_all();
        return EXIT_OK;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (is_help && argc == 2)) {
        command_list();
        return EXIT_OK;
    }
    if (strcmp(word, "--version") == 0) {
        printf("nutgraf %s\n", command_version);
        return EXIT_OK;
    }
    word = is_help ? argv[2] : word;
    const command_t *command = is_help ? NULL : command_find(word);
    if (command == NULL) {
        fprintf(stderr,
                argc > 1 ? "nutgraf: no command %s; see `nutgraf --help`\n"
                         : "nutgraf: which command?%s See `nutgraf --help`\n",
                word);
        return EXIT_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
