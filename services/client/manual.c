#include "client/manual.h"

#include <stdio.h>
#include <string.h>

const char manual_exits[] = "    0    all went well\n"
                            "    1    something was refused, dead-lettered or failed\n"
                            "    2    wrong usage\n"
                            "    3    wrong configuration\n"
                            "    4    no broker answers\n"
                            "    130  interrupted\n";

/* Prints a text with each of its lines indented. */
static void print_indented(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        printf("    %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static void print_option(const option_t *option)
{
    char left[64];
    const char *gap = option->value != NULL ? "=" : "";
    const char *value = option->value != NULL ? option->value : "";
    if (option->letter != 0) {
        snprintf(left, sizeof left, "-%c, --%s%s%s", option->letter, option->name, gap,
                 value);
    } else {
        snprintf(left, sizeof left, "    --%s%s%s", option->name, gap, value);
    }
    printf("    %-22s %s\n", left, option->help);
}

void manual_print(const command_t *self, const option_t *options, size_t count)
{
    printf("NAME\n    nutgraf %s - %s\n\nSYNOPSIS\n    nutgraf %s %s\n\nDESCRIPTION\n",
           self->name, self->summary, self->name, self->synopsis);
    print_indented(self->text);
    printf("\nOPTIONS\n");
    for (size_t i = 0; i < count; i++) {
        print_option(&options[i]);
    }
    printf("    -h, --help             this page\n\nEXIT STATUS\n%s\nEXAMPLES\n",
           manual_exits);
    print_indented(self->examples);
}

/* --- roff ----------------------------------------------------------------------------- */

/* Text that means itself: '-' stays a hyphen-minus, nothing begins a request. */
static void put_roff(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool begins = i == 0 && (text[i] == '.' || text[i] == '\'');
        if (begins) {
            fputs("\\&", stdout);
        }
        if (text[i] == '\\') {
            fputs("\\e", stdout);
        } else if (text[i] == '-') {
            fputs("\\-", stdout);
        } else {
            fputc(text[i], stdout);
        }
    }
}

static void put_lines(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        put_roff(line, len);
        fputc('\n', stdout);
        line += len + (line[len] == '\n');
    }
}

/* Lines as they stand. */
static void put_block(const char *text)
{
    puts(".PP\n.RS 4\n.nf");
    put_lines(text);
    puts(".fi\n.RE");
}

static void put_option(const option_t *option)
{
    puts(".TP");
    fputs(".B ", stdout);
    if (option->letter != 0) {
        printf("\\-%c, ", option->letter);
    }
    fputs("\\-\\-", stdout);
    put_roff(option->name, strlen(option->name));
    printf("%s%s\n", option->value != NULL ? "=" : "",
           option->value != NULL ? option->value : "");
    put_lines(option->help);
}

void manual_print_roff(const command_t *self, const option_t *options, size_t count)
{
    fputs(".SS ", stdout);
    put_roff(self->name, strlen(self->name));
    fputs("\n.B nutgraf ", stdout);
    put_roff(self->name, strlen(self->name));
    fputc(' ', stdout);
    put_roff(self->synopsis, strlen(self->synopsis));
    puts("\n.PP");
    put_lines(self->text);
    for (size_t i = 0; i < count; i++) {
        put_option(&options[i]);
    }
    if (self->examples[0] != '\0') {
        puts(".PP\nExamples:");
        put_block(self->examples);
    }
}

void manual_print_words(const option_t *options, size_t count)
{
    puts("--help");
    for (size_t i = 0; i < count; i++) {
        printf("--%s\n", options[i].name);
    }
}

void manual_print_all(void)
{
    printf(
        ".TH NUTGRAF 1 \"\" \"nutgraf %s\" \"nutgraf\"\n"
        ".SH NAME\nnutgraf \\- cleans, tags and summarises scraped news articles\n"
        ".SH SYNOPSIS\n.B nutgraf\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
        ".br\n.B nutgraf\n.I COMMAND\n.B \\-\\-help\n"
        ".SH DESCRIPTION\n"
        "Data goes to standard output, notes to standard error. The configuration is\n"
        ".I config/broker.json\nand\n.IR config/pipeline.json .\n"
        ".SH COMMANDS\n",
        command_version);
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const command_t *command = command_at(i);
        char option[] = "--help-man", *words[] = {(char *)command->name, option, NULL};
        command->run(2, words);
    }
    puts(".SH ENVIRONMENT\n.TP\n.B NUTGRAF_CONFIG\nthe folder of the configuration\n"
         ".TP\n.B NUTGRAF_BROKER\nthe folder of the broker's sockets, if it is not "
         "var/run\n"
         ".TP\n.B NUTGRAF_BROKER_ADMIN\nand so on: each option of broker.json and, by "
         "stage, of\n"
         "pipeline.json can be overridden\n.TP\n.B NO_COLOR\nno colours on a terminal\n"
         ".SH EXIT STATUS");
    put_block(manual_exits);
}
