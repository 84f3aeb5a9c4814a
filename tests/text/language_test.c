#include "text/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void tells_languages_by_a_sentence_or_two(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        const char *text;
    } cases[] = {
        {"en", "The council will vote on the new bridge on Thursday, the mayor said."},
        {"de", "Der Stadtrat stimmt am Donnerstag über die neue Brücke ab, sagte er."},
        {"fr", "Le conseil municipal votera jeudi sur le nouveau pont, a dit le maire."},
        {"es", "El ayuntamiento votará el jueves sobre el nuevo puente, dijo el alcalde."},
        {"it",
         "Il consiglio comunale voterà giovedì sul nuovo ponte, ha detto il sindaco."},
        {"pt",
         "A câmara municipal vai votar na quinta-feira a nova ponte, disse o prefeito."},
        {"nl", "De gemeenteraad stemt donderdag over de nieuwe brug, zei de burgemeester."},
        {"sv", "Kommunfullmäktige röstar på torsdag om den nya bron, sade borgmästaren."},
        {"no", "Kommunestyret stemmer på torsdag over den nye broen, sa ordføreren i går."},
        {"da", "Byrådet stemmer torsdag om den nye bro, sagde borgmesteren i går aftes."},
        {"fi", "Kaupunginvaltuusto äänestää torstaina uudesta sillasta, sanoi pormestari."},
        {"pl",
         "Rada miasta zagłosuje w czwartek w sprawie nowego mostu, powiedział burmistrz."},
        {"cs",
         "Zastupitelstvo bude ve čtvrtek hlasovat o novém mostě, řekl starosta města."},
        {"hu", "A városi tanács csütörtökön szavaz az új hídról, mondta a polgármester."},
        {"ro",
         "Consiliul local va vota joi asupra noului pod, a declarat primarul orașului."},
        {"tr",
         "Belediye meclisi perşembe günü yeni köprü için oy kullanacak, dedi başkan."},
        {"ru", "Городской совет проголосует в четверг по новому мосту, сказал мэр."},
        {"uk", "Міська рада проголосує в четвер щодо нового мосту, сказав міський голова."},
        {"el", "Το δημοτικό συμβούλιο θα ψηφίσει την Πέμπτη για τη νέα γέφυρα."},
        {"he", "מועצת העיר תצביע ביום חמישי על הגשר החדש, אמר ראש העיר."},
        {"ar", "سيصوت مجلس المدينة يوم الخميس على الجسر الجديد، قال رئيس البلدية."},
        {"fa", "شورای شهر روز پنجشنبه درباره پل جدید تصمیم خواهد گرفت، شهردار گفت."},
        {"hi", "नगर परिषद गुरुवार को नए पुल पर मतदान करेगी, महापौर ने कहा।"},
        {"th", "สภาเมืองจะลงมติเรื่องสะพานใหม่ในวันพฤหัสบดี นายกเทศมนตรีกล่าว"},
        {"ja", "市議会は木曜日に新しい橋について採決すると市長が述べた。"},
        {"zh", "市长说，市议会将于星期四就新桥进行投票。"},
        {"ko", "시의회는 목요일에 새 다리에 대해 투표할 것이라고 시장이 말했다."},
        {"id", "Dewan kota akan memberikan suara tentang jembatan baru pada hari Kamis."},
        {"vi",
         "Hội đồng thành phố sẽ bỏ phiếu về cây cầu mới vào thứ Năm, thị trưởng nói."},
    };
    language_t *language = language_new();
    assert_non_null(language);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *found = language_detect(language, cases[i].text, strlen(cases[i].text));
        if (found == NULL || strcmp(found, cases[i].code) != 0) {
            fail_msg("%s was taken for %s", cases[i].code, found ? found : "nothing");
        }
    }
    language_destroy(&language);
    assert_null(language);
}

static void is_not_sure_of_nothing(void **state)
{
    (void)state;
    language_t *language = language_new();
    assert_null(language_detect(language, "", 0));
    assert_null(language_detect(language, "12 34 %", 7));
    language_destroy(&language);
}

static void a_script_of_one_language_tells_it(void **state)
{
    (void)state;
    static const char greek[] = "ΑΒΓ";
    language_t *language = language_new();
    assert_string_equal(language_detect(language, greek, sizeof greek - 1), "el");
    language_destroy(&language);
}

static void knows_what_is_read_as_english(void **state)
{
    (void)state;
    static const char *const english[] = {"en", "EN", "en-GB", "En_us", "", NULL};
    static const char *const others[] = {"de", "eng", "e", "enm-x", "fr-en", "E-"};
    for (size_t i = 0; i < COUNT_OF(english); i++) {
        assert_true(language_is_english(english[i]));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(language_is_english(others[i]));
    }
    assert_true(language_is("PT-br", "pt"));
    assert_false(language_is("", "pt"));
    assert_false(language_is(NULL, "pt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_languages_by_a_sentence_or_two),
        cmocka_unit_test(is_not_sure_of_nothing),
        cmocka_unit_test(a_script_of_one_language_tells_it),
        cmocka_unit_test(knows_what_is_read_as_english),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
