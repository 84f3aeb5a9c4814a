#include "text/abbreviations.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WORD_MAX = 16 }; /* bytes; longer than every word below, with its NUL */

typedef struct {
    const char *word;
    uint8_t kind;  /* an abbreviation_t */
    bool is_small; /* is one in lower case too: "etc.", but not "ill." */
} row_t;

enum { T = ABBREVIATION_TITLE, N = ABBREVIATION_NUMBERED };
enum { C = ABBREVIATION_CLOCK, E = ABBREVIATION_ENDING };

/* Lower case, in the order of strcmp. */
static const row_t abbreviations[] = {
    {"a.m", C, true},    {"adm", T, false},   {"al", E, true},      {"ala", E, false},
    {"ald", T, false},   {"am", C, true},     {"amb", T, false},    {"approx", N, true},
    {"apr", N, false},   {"ariz", E, false},  {"ark", E, false},    {"art", N, false},
    {"assn", E, false},  {"asst", T, false},  {"atty", T, false},   {"aug", N, false},
    {"ave", E, false},   {"b.a", E, false},   {"b.sc", E, false},   {"blvd", E, false},
    {"brig", T, false},  {"bros", E, false},  {"c", N, true},       {"ca", N, true},
    {"calif", E, false}, {"capt", T, false},  {"cf", T, true},      {"ch", N, false},
    {"chap", N, false},  {"cmdr", T, false},  {"cmdt", T, false},   {"co", E, false},
    {"col", T, false},   {"colo", E, false},  {"conn", E, false},   {"corp", E, false},
    {"cos", E, false},   {"cpl", T, false},   {"cpt", T, false},    {"d.c", E, false},
    {"dak", E, false},   {"dec", N, false},   {"del", E, false},    {"dep", T, false},
    {"dept", E, false},  {"det", T, false},   {"dr", T, false},     {"drs", T, false},
    {"e.g", T, true},    {"e.u", E, false},   {"ed", T, false},     {"eds", T, false},
    {"est", N, true},    {"etc", E, true},    {"feb", N, false},    {"fig", N, true},
    {"figs", N, true},   {"fla", E, false},   {"fr", T, false},     {"fri", N, false},
    {"ft", E, true},     {"ga", E, false},    {"gen", T, false},    {"gens", T, false},
    {"gov", T, false},   {"govs", T, false},  {"hon", T, false},    {"hwy", E, false},
    {"i.e", T, true},    {"ill", E, false},   {"inc", E, false},    {"ind", E, false},
    {"insp", T, false},  {"jan", N, false},   {"jr", E, false},     {"jul", N, false},
    {"jun", N, false},   {"kan", E, false},   {"kph", E, true},     {"ky", E, false},
    {"l.a", E, false},   {"la", E, false},    {"lb", E, true},      {"lbs", E, true},
    {"llc", E, false},   {"lt", T, false},    {"lt.col", T, false}, {"lt.gen", T, false},
    {"ltd", E, false},   {"m.a", E, false},   {"m.d", E, false},    {"maj", T, false},
    {"mar", N, false},   {"mass", E, false},  {"md", E, false},     {"messrs", T, false},
    {"mich", E, false},  {"minn", E, false},  {"miss", E, false},   {"mlle", T, false},
    {"mme", T, false},   {"mmes", T, false},  {"mo", E, false},     {"mon", N, false},
    {"mont", E, false},  {"mph", E, true},    {"mr", T, false},     {"mrs", T, false},
    {"ms", T, false},    {"msgr", T, false},  {"mt", T, false},     {"mx", T, false},
    {"n.c", E, false},   {"n.j", E, false},   {"n.y", E, false},    {"neb", E, false},
    {"nev", E, false},   {"no", N, true},     {"nos", N, true},     {"nov", N, false},
    {"oct", N, false},   {"okla", E, false},  {"op", N, false},     {"ore", E, false},
    {"oz", E, true},     {"p", N, true},      {"p.m", C, true},     {"pa", E, false},
    {"para", N, false},  {"pfc", T, false},   {"ph.d", E, false},   {"plc", E, false},
    {"pm", C, true},     {"pp", N, true},     {"pres", T, false},   {"prof", T, false},
    {"profs", T, false}, {"pvt", T, false},   {"rd", E, false},     {"rep", T, false},
    {"reps", T, false},  {"rev", T, false},   {"revs", T, false},   {"rs", N, false},
    {"s.c", E, false},   {"sat", N, false},   {"sec", N, false},    {"sect", N, false},
    {"sen", T, false},   {"sens", T, false},  {"sep", N, false},    {"sept", N, false},
    {"sgt", T, false},   {"sq", E, true},     {"sr", E, false},     {"sra", T, false},
    {"st", E, false},    {"sun", N, false},   {"supt", T, false},   {"tenn", E, false},
    {"tex", E, false},   {"thu", N, false},   {"thur", N, false},   {"thurs", N, false},
    {"tue", N, false},   {"tues", N, false},  {"u.k", E, false},    {"u.n", E, false},
    {"u.s", E, false},   {"u.s.a", E, false}, {"univ", E, false},   {"v", T, true},
    {"va", E, false},    {"viz", T, true},    {"vol", N, true},     {"vols", N, true},
    {"vs", T, true},     {"vt", E, false},    {"wash", E, false},   {"wed", N, false},
    {"wis", E, false},   {"wyo", E, false}};

/* In the order of strcmp. */
static const char *const openers[] = {
    "A",     "About", "According", "After",  "All",       "Also",    "Although", "Among",
    "An",    "And",   "Another",   "As",     "At",        "Because", "Before",   "Both",
    "But",   "By",    "Despite",   "During", "Each",      "Earlier", "Eight",    "Even",
    "Every", "Five",  "For",       "Four",   "From",      "He",      "Her",      "Here",
    "His",   "How",   "However",   "I",      "If",        "In",      "It",       "Its",
    "Just",  "Last",  "Later",     "Many",   "Meanwhile", "Most",    "My",       "Next",
    "Nine",  "No",    "Nor",       "Not",    "Now",       "On",      "Once",     "Only",
    "Or",    "Other", "Our",       "Over",   "Seven",     "Several", "She",      "Since",
    "Six",   "So",    "Some",      "Still",  "Ten",       "That",    "The",      "Their",
    "Then",  "There", "These",     "They",   "This",      "Those",   "Though",   "Three",
    "To",    "Two",   "Under",     "Until",  "We",        "What",    "When",     "Where",
    "While", "Who",   "Why",       "With",   "Yet",       "You",     "Your"};

static const char *const after_clock[] = {
    "AEST",     "Apr",      "April",     "Aug",      "August",    "BST",      "CDT",
    "CEST",     "CET",      "CST",       "CT",       "Central",   "Dec",      "December",
    "EDT",      "EST",      "ET",        "Eastern",  "Feb",       "February", "Fri",
    "Friday",   "GMT",      "Greenwich", "IST",      "Jan",       "January",  "Jul",
    "July",     "Jun",      "June",      "Local",    "MDT",       "MST",      "MT",
    "Mar",      "March",    "May",       "Mon",      "Monday",    "Mountain", "Nov",
    "November", "Oct",      "October",   "PDT",      "PST",       "PT",       "Pacific",
    "Sat",      "Saturday", "Sep",       "Sept",     "September", "Sun",      "Sunday",
    "Thu",      "Thur",     "Thurs",     "Thursday", "Tue",       "Tues",     "Tuesday",
    "UTC",      "Wed",      "Wednesday"};

static const char *const speech[] = {
    "added",     "adds",      "asked",    "asks",    "continued", "cried",
    "exclaimed", "explained", "insisted", "joked",   "quipped",   "recalled",
    "replied",   "said",      "says",     "shouted", "tells",     "told",
    "tweeted",   "wondered",  "writes",   "wrote"};

static int by_word(const void *key, const void *row)
{
    return strcmp(key, ((const row_t *)row)->word);
}

static int by_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

abbreviation_t abbreviation_of(const char *word, size_t len)
{
    char key[WORD_MAX];
    if (len >= sizeof key) {
        return ABBREVIATION_NONE;
    }
    for (size_t i = 0; i < len; i++) {
        key[i] = (char)tolower((unsigned char)word[i]);
    }
    key[len] = '\0';
    const row_t *row = bsearch(key, abbreviations, COUNT_OF(abbreviations),
                               sizeof abbreviations[0], by_word);
    bool counts = row != NULL && (row->is_small || isupper((unsigned char)word[0]));
    return counts ? (abbreviation_t)row->kind : ABBREVIATION_NONE;
}

static bool is_among(const char *const *list, size_t count, const char *word, size_t len)
{
    char key[WORD_MAX];
    if (len >= sizeof key) {
        return false;
    }
    memcpy(key, word, len);
    key[len] = '\0';
    return bsearch(key, list, count, sizeof list[0], by_text) != NULL;
}

bool abbreviation_is_opener(const char *word, size_t len)
{
    return is_among(openers, COUNT_OF(openers), word, len);
}

bool abbreviation_is_after_clock(const char *word, size_t len)
{
    return is_among(after_clock, COUNT_OF(after_clock), word, len);
}

bool abbreviation_is_speech(const char *word, size_t len)
{
    return is_among(speech, COUNT_OF(speech), word, len);
}
