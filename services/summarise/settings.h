/* Settings: what a summary shall be like, from the pipeline and from the article itself. */
#ifndef SUMMARISE_SETTINGS_H
#define SUMMARISE_SETTINGS_H

#include "proto/fault.h"
#include "summarise/pick.h"

#include <jansson.h>
#include <stdbool.h>

/* The fields are the interface. */
typedef struct {
    budget_t budget;
    size_t keywords;
    bool compress; /* cuts out what a summary can do without */
    bool chat;     /* a chat model writes it, if it can */
} settings_t;

/* What the stage alone decides; lent until its options end. */
typedef struct {
    const json_t *chat; /* the object of that name; NULL: none */
    bool is_accurate;   /* an encoder reads … */
    char encoder[128];  /* … from this file of the encoder's model folder … */
    char numbers[8];    /* … with such numbers: "auto", "int8" */
} settings_stage_t;

/* Reads the options of the stage. env: "SUMMARISE" for NUTGRAF_SUMMARISE_SENTENCES. 0, or
 * -1 with a REJECT fault that names the place, the option and its value; "mode": "chat"
 * without an object "chat" is one. */
int settings_read(settings_t *self, settings_stage_t *stage, const json_t *options,
                  const char *where, const char *env, fault_t *fault);

/* The settings of one article: `base` with what its own options say (NULL: nothing). An
 * article that gives words or characters and no sentences gets as many as fit. It may ask
 * for the mode "extractive", and for "chat" where has_chat. */
int settings_for(settings_t *self, const settings_t *base, const json_t *options,
                 bool has_chat, const char *where, fault_t *fault);

#endif
