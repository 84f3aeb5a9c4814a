/* Home: where the files of this program's checkout or installation lie.
 *
 * A checkout is the nearest folder above the running program that has the sources in it;
 * a program outside one is installed as <prefix>/bin/…, with <prefix>/share/nutgraf. */
#ifndef RUNTIME_HOME_H
#define RUNTIME_HOME_H

/* Each result is the caller's to free; NULL: no memory. Nothing promises that the file is
 * there. */

/* The folder of pipeline.json and broker.json: $NUTGRAF_CONFIG, else `config` of the
 * checkout, else <prefix>/share/nutgraf/config. */
char *home_config(void);

/* A file of a stage's model folder: $NUTGRAF_MODELS/<program>/<file>, else
 * services/<program>/model/<file> of the checkout, else
 * <prefix>/share/nutgraf/<program>/<file>. */
char *home_model(const char *program, const char *file);

/* The name of the running file, without "nutgraf-": "clean". */
char *home_program(void);

#endif
