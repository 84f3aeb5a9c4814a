#include "summarise/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* What is left of a sentence. */
static void shorten(const char *text, char *out)
{
    span_t cuts[COMPRESS_MAX];
    size_t len = strlen(text), at = 0, used = 0;
    size_t count = compress_find(text, (span_t){0, len}, false, cuts);
    for (size_t i = 0; i <= count; i++) {
        size_t end = i < count ? cuts[i].start : len;
        assert_true(end >= at);
        memcpy(out + used, text + at, end - at);
        used += end - at;
        at = i < count ? end + cuts[i].len : end;
    }
    out[used] = '\0';
}

static void clutter_goes_and_the_sentence_stays(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"PARIS (AFP) - Two bridges over the Seine will close for repairs.",
         "Two bridges over the Seine will close for repairs."},
        {"WASHINGTON, Oct. 3 -- The budget office lowered its forecast for growth.",
         "The budget office lowered its forecast for growth."},
        {"(CNN) The last glacier of the valley has lost its name.",
         "The last glacier of the valley has lost its name."},
        {"A farmer drowned when his tractor fell into a pond, police said.",
         "A farmer drowned when his tractor fell into a pond."},
        {"Half of the bees in the county died, according to a new report.",
         "Half of the bees in the county died."},
        {"The ferry will not sail before May, its owner said in a statement.",
         "The ferry will not sail before May."},
        {"The union (which has 900 members) voted for a strike in autumn.",
         "The union voted for a strike in autumn."},
        {"Rosa Blunt, 62, painted the wall of the school by night.",
         "Rosa Blunt painted the wall of the school by night."},
        {"The mill, on Thursday, agreed to pay for the new weir.",
         "The mill agreed to pay for the new weir."},
        {"The council agreed Thursday to pay for the new weir.",
         "The council agreed to pay for the new weir."},
        {"The council met late on Monday night to choose a mayor.",
         "The council met to choose a mayor."},
        {"On Friday, Governor Hale signed the bill into law at last.",
         "Governor Hale signed the bill into law at last."},
        {"(CNN) (Updated) The last glacier of the valley has lost its name.",
         "The last glacier of the valley has lost its name."},
        {"WASHINGTON (AP) \xE2\x80\x94 On Monday, the Senate confirmed the judge by 52 "
         "votes.",
         "On Monday, the Senate confirmed the judge by 52 votes."},
        {"NEW YORK (AP) - Late on Thursday, Mayor Bloom closed all four bridges.",
         "Mayor Bloom closed all four bridges."},
        {"SAN DIEGO - Three coaches - all of one school - were sent home.",
         "SAN DIEGO - Three coaches - all of one school - were sent home."},
        {"CAVITE CITY, Philippines (CNN) -- At 16 he looks back -- with fear -- on a life.",
         "At 16 he looks back -- with fear -- on a life."},
        {"KALLSTADT, Germany \xE2\x80\x94 Few places are as green as this village.",
         "Few places are as green as this village."},
        {"(CNN) -- The last glacier of the valley has lost its name.",
         "The last glacier of the valley has lost its name."},
        {"(CNN) Kevin Vale -- the former mayor -- was hit by a pie.",
         "Kevin Vale -- the former mayor -- was hit by a pie."},
        {"The loop of the valley, (LLV), which is short, is growing every year.",
         "The loop of the valley, which is short, is growing every year."},
        {"A court in Lisbon freed both men this morning.",
         "A court in Lisbon freed both men."},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char left[200];
        shorten(cases[i][0], left);
        assert_string_equal(left, cases[i][1]);
    }
}

static void what_the_sentence_needs_stays(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "",
        "It closes on Friday.",
        "The bridge will carry traffic again on Saturday 3 May, a month early.",
        "The talks will go on until Friday or the Monday after.",
        "The shop opens on Friday and Saturday for the whole summer.",
        "Shoppers came early for Black Friday and stayed for hours.",
        "On Friday the governor signed the bill into law at last.",
        "The show is at 7 p.m. Saturday, Dec. 14, in the town hall.",
        "\"We met on Friday and agreed on nothing at all,\" she said.",
        "The plan, the minister said, would cost more than a new port.",
        "She looked at their lives, asking what they say about the town.",
        "Sam Stopps, 14, of Luton, read the speech for his sister.",
        "Officials spoke of a storm, in what they said was a warning.",
        "The minister said that the plan would cost more, but not when.",
        "NATO and the EU met for the first time in three years.",
        "The fire, which began on Tuesday, destroyed forty homes.",
        "Officials, who met on Tuesday, said nothing new at all.",
        "What happened on Tuesday was a tragedy for the whole town.",
        "NASA -- the American space agency -- has put off the launch of its rocket.",
        "NASA - The American agency has put off the launch of its rocket.",
        "BSNL -- figured among the firms that lost most of their money.",
        ("US President Joe Biden \xE2\x80\x93 81 \xE2\x80\x93 will not run again, he told "
         "us."),
        "NATO Secretary General Mark Rutte - who was in Kyiv - promised more of it.",
        "He was (not) the leader of the gang that robbed the bank.",
        "He was the (alleged) leader of the gang that robbed the bank.",
        "All shops of the town (except chemists) will close at noon.",
        "The firm made a profit (loss) of 3m in the last year.",
        "It was an (un)happy town that voted to leave the county.",
        "The plan was sunk at last \xE2\x80\x94 on Monday, the firm gave it up.",
        "The band plays once more this year - Saturday, Dec. 14, in Leeds.",
        "What the mayor knew was this: on Monday, the firm gave it up.",
        "It would not, as it had said on Monday, close the plant.",
        "Talks that started on Wednesday and ended on Friday brought nothing.",
        "The Juniper Gulch fire, which started on Monday, had burned 11,300 acres.",
    };
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        char left[200];
        shorten(whole[i], left);
        assert_string_equal(left, whole[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clutter_goes_and_the_sentence_stays),
        cmocka_unit_test(what_the_sentence_needs_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
