/* nutgraf completion: scripts for shells. */
#include "client/command.h"
#include "runtime/settings.h"

#include <stdio.h>
#include <string.h>

/* Both ask the command itself for its words, so that they fit whatever version is there. */
static const char bash[] =
    "# bash completion of nutgraf\n"
    "_nutgraf() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$(nutgraf completion commands)\" -- \"$word\"))\n"
    "    elif [[ $word == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$(nutgraf \"$command\" --help-options "
    "2>/dev/null)\" -- \"$word\"))\n"
    "    else\n"
    "        COMPREPLY=($(compgen -W \"$(nutgraf completion words \"$command\")\" -- "
    "\"$word\"))\n"
    "    fi\n"
    "}\n"
    "# Where it finds no word, bash completes files, whose names it knows how to quote.\n"
    "complete -o default -F _nutgraf nutgraf\n";

static const char zsh[] =
    "#compdef nutgraf\n"
    "# zsh completion of nutgraf\n"
    "_nutgraf() {\n"
    "    local -a found\n"
    "    if (( CURRENT == 2 )); then\n"
    "        found=(${(f)\"$(nutgraf completion commands)\"})\n"
    "    elif [[ $words[CURRENT] == -* ]]; then\n"
    "        found=(${(f)\"$(nutgraf $words[2] --help-options 2>/dev/null)\"})\n"
    "    else\n"
    "        found=(${(f)\"$(nutgraf completion words $words[2])\"})\n"
    "        (( $#found )) || { _files; return }\n"
    "    fi\n"
    "    compadd -- $found\n"
    "}\n"
    "# Loaded by a first TAB, it answers that TAB; by source, it says what it completes.\n"
    "if [[ $funcstack[1] == _nutgraf ]]; then\n"
    "    _nutgraf \"$@\"\n"
    "elif (( $+functions[compdef] )); then\n"
    "    compdef _nutgraf nutgraf\n"
    "fi\n";

static void print_commands(void)
{
    for (size_t i = 0; command_at(i) != NULL; i++) {
        puts(command_at(i)->name);
    }
    puts("help\n--help\n--version");
}

static void print_stages(void)
{
    settings_t settings;
    fault_t ignored = {0};
    if (settings_init(&settings, &ignored) != 0) {
        return;
    }
    pipeline_t *pipeline = settings_pipeline(&settings, &ignored);
    for (size_t i = 0; pipeline != NULL && i < pipeline_count(pipeline); i++) {
        puts(pipeline_at(pipeline, i)->name);
    }
    pipeline_destroy(&pipeline);
    settings_close(&settings);
}

/* The words that may follow a command, where it is no files. */
static void print_words(const char *command)
{
    static const struct {
        const char *command, *words; /* NULL: the stages */
    } rows[] = {
        {"dead-letters", "list\nshow\nretry\ndrop"},
        {"completion", "bash\nzsh"},
        {"pause", NULL},
        {"resume", NULL},
        {"drain", NULL},
    };
    if (strcmp(command, "help") == 0) {
        print_commands();
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].command, command) != 0) {
            continue;
        }
        if (rows[i].words != NULL) {
            puts(rows[i].words);
        } else {
            print_stages();
        }
    }
}

int completion_main(int argc, char **argv)
{
    int status;
    int count = command_options("completion", NULL, 0, argc, argv, &status);
    if (count < 0) {
        return status;
    }
    if (count == 1 && strcmp(argv[1], "bash") == 0) {
        fputs(bash, stdout);
    } else if (count == 1 && strcmp(argv[1], "zsh") == 0) {
        fputs(zsh, stdout);
    } else if (count == 1 && strcmp(argv[1], "commands") == 0) {
        print_commands();
    } else if (count == 2 && strcmp(argv[1], "words") == 0) {
        print_words(argv[2]);
    } else {
        return command_usage("completion", "needs a shell: bash or zsh");
    }
    return EXIT_OK;
}
