/* The door to Rust's readers of records: JSON (serde_json), CSV (csv-core), Parquet and Arrow
 * streams (parquet, arrow-ipc). Rules for strings and errors are those of hf.h. Unlike there, a
 * reader is used by one thread at a time, and what it points at lives until its next call. */
#ifndef ATTNSWEEP_HF_RECORDS_H
#define ATTNSWEEP_HF_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_json hf_json;
typedef struct hf_csv hf_csv;
typedef struct hf_table hf_table;
typedef struct hf_list hf_list;

enum {
  HF_MISSING = 0,
  HF_NULL,
  HF_BOOLEAN,
  HF_INTEGER,
  HF_REAL,
  HF_STRING,
  HF_ARRAY,
  HF_OBJECT,
  HF_BYTES /* of a binary column: no UTF-8 */
};

/* The value of a field. `text` is a string's characters, else its JSON (numbers: some decimal that
 * reads back exactly, or nan or inf of a table's). */
typedef struct hf_value {
  int32_t kind;
  const char* text;
  size_t n_bytes;
} hf_value;

/* Scans objects for the `n` fields called `names`. */
hf_json* hf_json_new(const char* const* names, size_t n, char** error);
/* Fills values[0 … n-1] from a line of `n_bytes` UTF-8 bytes, which they may point into. -1 with
 * *error where it is no JSON object or holds a name twice; else 0. */
int hf_json_scan(hf_json* scanner, const char* line, size_t n_bytes, hf_value* values,
                 char** error);
void hf_json_free(hf_json* scanner);
/* The first 20 names of an object, joined by ", "; free it with hf_string_free. */
char* hf_json_names(const char* line, size_t n_bytes);
/* All names of an object, in its order; none where it is no object. */
hf_list* hf_json_all_names(const char* line, size_t n_bytes);
/* Finds the end of the JSON value at the start of `bytes`: 1 with *length, 0 where more bytes are
 * needed, -1 with *error where this is no JSON. Strings need not be UTF-8. */
int hf_json_end(const char* bytes, size_t n_bytes, size_t* length, char** error);

/* A JSON array as integers from 0 to 2^31 - 1, or as strings; an error names the first element that
 * is none: "[3] is \"a\"". */
hf_list* hf_list_of_ids(const char* json, size_t n_bytes, char** error);
hf_list* hf_list_of_strings(const char* json, size_t n_bytes, char** error);
size_t hf_list_size(const hf_list* list);
const int32_t* hf_list_ids(const hf_list* list);
const char* hf_list_string(const hf_list* list, size_t index, size_t* n_bytes);
void hf_list_free(hf_list* list);

/* Reads rows of fields between `delimiter`s, fed with pieces of a file. */
hf_csv* hf_csv_new(char delimiter, char** error);
/* Takes *consumed of the bytes. 1: a row is there; 0: it goes on behind these bytes; 2: the end.
 * `at_end`: no more bytes will come. -1 with *error for a quoted field that is never closed, or a
 * row longer than `limit` bytes. */
int hf_csv_read(hf_csv* csv, const char* bytes, size_t n_bytes, int at_end, size_t limit,
                size_t* consumed, char** error);
size_t hf_csv_n_fields(const hf_csv* csv);
const char* hf_csv_field(const hf_csv* csv, size_t index, size_t* n_bytes);
/* Forgets what it has read: the next bytes begin a row. */
void hf_csv_restart(hf_csv* csv);
void hf_csv_free(hf_csv* csv);

/* Opens a Parquet file, or an Arrow stream (`is_arrow`), of which only headers are read. */
hf_table* hf_table_open(const char* path, int is_arrow, char** error);
int64_t hf_table_n_rows(const hf_table* table);
/* Parts (row groups, record batches) can be read without what stands before them. `bytes` is the
 * size of its values, decompressed. */
size_t hf_table_n_parts(const hf_table* table);
void hf_table_part(const hf_table* table, size_t index, int64_t* first_row, int64_t* bytes);
/* The first 20 columns, joined by ", "; free it with hf_string_free. */
char* hf_table_names(const hf_table* table);
/* All columns. */
hf_list* hf_table_all_names(const hf_table* table);
/* Chooses the columns that `next` gives; a name without a column is missing in every row. -1 with
 * *error for a type that is not read. */
int hf_table_select(hf_table* table, const char* const* names, size_t n, char** error);
/* Moves before a row, from 0. */
int hf_table_seek(hf_table* table, int64_t row, char** error);
/* Fills values[0 … n-1] of the next row: 1, or 0 at the end, or -1 with *error. */
int hf_table_next(hf_table* table, hf_value* values, char** error);
void hf_table_free(hf_table* table);

#ifdef __cplusplus
}
#endif

#endif
