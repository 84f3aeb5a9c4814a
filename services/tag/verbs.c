#include "tag/verbs.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *text;
    verb_t word;
} row_t;

/* Sorted. Verbs in -ed are known by their ending. */
static const row_t rows[] = {
    {"a", VERB_ARTICLE},
    {"adjourned", VERB_FIXED},
    {"agree", VERB_PLAN},
    {"agreed", VERB_COMMIT},
    {"agrees", VERB_PLAN},
    {"aim", VERB_PLAN},
    {"aims", VERB_PLAN},
    {"also", VERB_NOT},
    {"an", VERB_ARTICLE},
    {"are", VERB_IS},
    {"arrives", VERB_SOON},
    {"asked", VERB_COMMIT},
    {"ate", VERB_PAST},
    {"be", VERB_FRAME},
    {"beat", VERB_PAST},
    {"became", VERB_PAST},
    {"been", VERB_FRAME},
    {"began", VERB_PAST},
    {"begin", VERB_SOON_PLURAL},
    {"begins", VERB_SOON},
    {"being", VERB_FRAME},
    {"booked", VERB_FIXED},
    {"bought", VERB_PAST},
    {"broke", VERB_PAST},
    {"brought", VERB_PAST},
    {"built", VERB_PAST},
    {"came", VERB_PAST},
    {"can", VERB_MODAL},
    {"cannot", VERB_MODAL},
    {"caught", VERB_PAST},
    {"chose", VERB_PAST},
    {"close", VERB_SOON_PLURAL},
    {"closed", VERB_FIXED},
    {"closes", VERB_SOON},
    {"comes", VERB_SOON},
    {"could", VERB_MODAL},
    {"cut", VERB_PAST},
    {"decided", VERB_COMMIT},
    {"delayed", VERB_FIXED},
    {"did", VERB_PAST},
    {"drew", VERB_PAST},
    {"drove", VERB_PAST},
    {"due", VERB_PLAN},
    {"ends", VERB_SOON},
    {"ever", VERB_NOT},
    {"expect", VERB_PLAN},
    {"expected", VERB_PLAN},
    {"expects", VERB_PLAN},
    {"expire", VERB_SOON_PLURAL},
    {"expires", VERB_SOON},
    {"extended", VERB_FIXED},
    {"face", VERB_SOON_PLURAL},
    {"faces", VERB_SOON},
    {"fell", VERB_PAST},
    {"felt", VERB_PAST},
    {"fled", VERB_PAST},
    {"flew", VERB_PAST},
    {"fought", VERB_PAST},
    {"found", VERB_PAST},
    {"froze", VERB_PAST},
    {"gave", VERB_PAST},
    {"go", VERB_SOON_PLURAL},
    {"goes", VERB_SOON},
    {"going", VERB_IF_TO},
    {"got", VERB_PAST},
    {"grew", VERB_PAST},
    {"had", VERB_PAST},
    {"has", VERB_HAVE},
    {"have", VERB_HAVE},
    {"heard", VERB_PAST},
    {"held", VERB_PAST},
    {"her", VERB_ARTICLE},
    {"his", VERB_ARTICLE},
    {"hit", VERB_PAST},
    {"hope", VERB_PLAN},
    {"hopes", VERB_PLAN},
    {"hosts", VERB_SOON},
    {"intend", VERB_PLAN},
    {"intends", VERB_PLAN},
    {"is", VERB_IS},
    {"its", VERB_ARTICLE},
    {"kept", VERB_PAST},
    {"kicks", VERB_SOON},
    {"knew", VERB_PAST},
    {"launches", VERB_SOON},
    {"leaves", VERB_SOON},
    {"led", VERB_PAST},
    {"left", VERB_PAST},
    {"likely", VERB_PLAN},
    {"lost", VERB_PAST},
    {"made", VERB_PAST},
    {"may", VERB_MAY},
    {"meet", VERB_SOON_PLURAL},
    {"meets", VERB_SOON},
    {"met", VERB_PAST},
    {"might", VERB_MODAL},
    {"moved", VERB_FIXED},
    {"must", VERB_MODAL},
    {"my", VERB_ARTICLE},
    {"need", VERB_PLAN},
    {"needs", VERB_PLAN},
    {"never", VERB_NOT},
    {"not", VERB_NOT},
    {"of", VERB_ARTICLE},
    {"open", VERB_SOON_PLURAL},
    {"opens", VERB_SOON},
    {"ordered", VERB_COMMIT},
    {"our", VERB_ARTICLE},
    {"paid", VERB_PAST},
    {"pencilled", VERB_PLAN},
    {"plan", VERB_PLAN},
    {"planned", VERB_PLAN},
    {"planning", VERB_PLAN},
    {"plans", VERB_PLAN},
    {"play", VERB_SOON_PLURAL},
    {"plays", VERB_SOON},
    {"pledged", VERB_COMMIT},
    {"poised", VERB_PLAN},
    {"postponed", VERB_FIXED},
    {"promised", VERB_COMMIT},
    {"put", VERB_PAST},
    {"quit", VERB_PAST},
    {"ran", VERB_PAST},
    {"remanded", VERB_FIXED},
    {"rescheduled", VERB_PLAN},
    {"resume", VERB_SOON_PLURAL},
    {"resumes", VERB_SOON},
    {"return", VERB_SOON_PLURAL},
    {"returns", VERB_SOON},
    {"rose", VERB_PAST},
    {"runs", VERB_SOON},
    {"said", VERB_PAST},
    {"sang", VERB_PAST},
    {"sank", VERB_PAST},
    {"saw", VERB_PAST},
    {"scheduled", VERB_PLAN},
    {"sent", VERB_PAST},
    {"set", VERB_IF_TO},
    {"shall", VERB_MODAL},
    {"shook", VERB_PAST},
    {"shot", VERB_PAST},
    {"should", VERB_MODAL},
    {"showed", VERB_PAST},
    {"shut", VERB_PAST},
    {"slated", VERB_PLAN},
    {"slid", VERB_PAST},
    {"sold", VERB_PAST},
    {"sought", VERB_PAST},
    {"spent", VERB_PAST},
    {"spoke", VERB_PAST},
    {"spread", VERB_PAST},
    {"start", VERB_SOON_PLURAL},
    {"starts", VERB_SOON},
    {"stole", VERB_PAST},
    {"stood", VERB_PAST},
    {"struck", VERB_PAST},
    {"suspended", VERB_FIXED},
    {"swept", VERB_PAST},
    {"swore", VERB_PAST},
    {"take", VERB_SOON_PLURAL},
    {"takes", VERB_SOON},
    {"taught", VERB_PAST},
    {"the", VERB_ARTICLE},
    {"their", VERB_ARTICLE},
    {"thought", VERB_PAST},
    {"threatened", VERB_COMMIT},
    {"threw", VERB_PAST},
    {"to", VERB_FRAME},
    {"told", VERB_PAST},
    {"took", VERB_PAST},
    {"urged", VERB_COMMIT},
    {"vote", VERB_SOON_PLURAL},
    {"votes", VERB_SOON},
    {"vowed", VERB_COMMIT},
    {"want", VERB_PLAN},
    {"wants", VERB_PLAN},
    {"was", VERB_PAST},
    {"went", VERB_PAST},
    {"were", VERB_PAST},
    {"will", VERB_MODAL},
    {"wo", VERB_MODAL},
    {"woke", VERB_PAST},
    {"won", VERB_PAST},
    {"wore", VERB_PAST},
    {"would", VERB_MODAL},
    {"wrote", VERB_PAST},
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const row_t *)a)->text, ((const row_t *)b)->text);
}

bool verbs_ends_in(const char *word, size_t len, const char *ending)
{
    size_t n = strlen(ending);
    return len >= n && memcmp(word + len - n, ending, n) == 0;
}

size_t verbs_spell(const tokens_t *tokens, size_t i, char out[VERBS_WORD_MAX])
{
    const token_t *token = tokens_at(tokens, i);
    size_t len = token->end - token->start;
    out[0] = 0;
    if (len >= VERBS_WORD_MAX) {
        return 0;
    }
    for (size_t k = 0; k < len; k++) {
        char c = tokens_text(tokens)[token->start + k];
        out[k] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    if (verbs_ends_in(out, len, "n't")) {
        len -= 3;
    } else if (verbs_ends_in(out, len, "n’t")) {
        len -= strlen("n’t");
    }
    out[len] = 0;
    return len;
}

verb_t verbs_at(const tokens_t *tokens, size_t i)
{
    char text[VERBS_WORD_MAX];
    size_t len = verbs_spell(tokens, i, text);
    bool is_upper = (tokens_at(tokens, i)->flags & TOKEN_UPPER) != 0;
    row_t wanted = {text, VERB_OTHER};
    const row_t *row =
        bsearch(&wanted, rows, sizeof rows / sizeof *rows, sizeof *rows, by_text);
    if (row != NULL) {
        return row->word == VERB_MAY && is_upper ? VERB_OTHER : row->word;
    }
    if (verbs_ends_in(text, len, "'ll") || verbs_ends_in(text, len, "’ll")) {
        return VERB_MODAL;
    }
    bool is_past = len > 3 && verbs_ends_in(text, len, "ed") &&
                   !verbs_ends_in(text, len, "eed") && !is_upper;
    if (is_past) {
        return VERB_PAST;
    }
    return len > 4 && verbs_ends_in(text, len, "ly") ? VERB_NOT : VERB_OTHER;
}
