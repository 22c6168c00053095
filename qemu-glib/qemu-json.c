/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private JSON reader: a validating tokeniser over text that somebody else owns. */

#include "config.h"

#include "qemu-json-private.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
# include <emmintrin.h>
#endif

#include "qemu-error.h"

/* Strict RFC 8259, in two ways more lenient than some: a member's name may come twice, and a surrogate escape may be
 * alone, since QEMU passes on what guests and file systems say.
 *
 * Nothing here recurses. The parser needs no stack either: as long as a container is open, nobody knows where it ends,
 * so its token's "next" holds the index of the container around it.
 *
 * The NUL behind the text ends each loop that looks at one byte after the other, as it is no part of anything but
 * the text's end: only what reads more than one byte at once has to look at the text's length.
 */

/* Beyond this many tokens (1 MiB) the array is let go of when another text does not need it any more; and beyond that
 * many (16 MiB) at once. */
#define KEPT_TOKENS (64u << 10)
#define MOST_TOKENS (1u << 20)

/* The least that is worth an allocation. */
#define MIN_TOKENS 64

#if G_BYTE_ORDER == G_LITTLE_ENDIAN && GLIB_SIZEOF_VOID_P == 8
# define HAVE_FAST_WORDS 1
#else
# define HAVE_FAST_WORDS 0
#endif

/* What a byte can be. */
enum
{
  SPACE = 1 << 0,
  DIGIT = 1 << 1,
  HEX   = 1 << 2,
  PLAIN = 1 << 3                        /* stands for itself in a string, and is ASCII */
};

static const guint8 classes[256] = {
  ['\t' ... '\n'] = SPACE,
  ['\r']          = SPACE,
  [' ']           = SPACE | PLAIN,
  ['!']           = PLAIN,
  ['#' ... '/']   = PLAIN,
  ['0' ... '9']   = PLAIN | DIGIT | HEX,
  [':' ... '@']   = PLAIN,
  ['A' ... 'F']   = PLAIN | HEX,
  ['G' ... '[']   = PLAIN,
  [']' ... '`']   = PLAIN,
  ['a' ... 'f']   = PLAIN | HEX,
  ['g' ... 0x7f]  = PLAIN,
};

/* The byte behind a backslash, and what both stand for; \u is a matter of its own. */
static const char escapes[256] = {
  ['"']  = '"',
  ['/']  = '/',
  ['\\'] = '\\',
  ['b']  = '\b',
  ['f']  = '\f',
  ['n']  = '\n',
  ['r']  = '\r',
  ['t']  = '\t',
};

/* Well-formed UTF-8 beyond ASCII, as in table 3-7 of the Unicode standard: the range of the second byte rules out
 * overlong forms, surrogates and what is beyond U+10FFFF. All further bytes are 80 to BF. */
static const struct
{
  guint8 last_lead;                     /* of this row; the first is the one behind the row before */
  guint8 second_min;
  guint8 second_max;
  guint8 length;                        /* 0: no such lead byte */
} sequences[] = {
  { 0xc1, 0x00, 0x00, 0 },
  { 0xdf, 0x80, 0xbf, 2 },
  { 0xe0, 0xa0, 0xbf, 3 },
  { 0xec, 0x80, 0xbf, 3 },
  { 0xed, 0x80, 0x9f, 3 },
  { 0xef, 0x80, 0xbf, 3 },
  { 0xf0, 0x90, 0xbf, 4 },
  { 0xf3, 0x80, 0xbf, 4 },
  { 0xf4, 0x80, 0x8f, 4 },
  { 0xff, 0x00, 0x00, 0 },
};

typedef struct
{
  QemuJson     *json;
  const guint8 *end;                    /* of the text, where its NUL is */
  guint32       container;              /* the innermost open one; QEMU_JSON_NONE outside of all */
  guint32       depth;                  /* how many are open */
  guint8        closing;                /* the bracket that closes it; 0 outside of all */
  const guint8 *failed_at;
  const char   *reason;                 /* of the failure, in the words of the error message */
} Parser;

/* Parsing. Whatever takes a place in the text returns the one behind what it has read, or NULL if that failed. */

static const guint8 *
fail (Parser       *self,
      const guint8 *at,
      const char   *reason)
{
  g_assert (at <= self->end);

  /* Whatever was expected at the end of the text, what is wrong is that the text ends. */
  self->failed_at = at;
  self->reason = at == self->end ? "the text ends too early" : reason;

  return NULL;
}

static guint32
guess_n_tokens (gsize length)
{
  return MIN (length / 8 + MIN_TOKENS, QEMU_JSON_MAX_TOKENS);
}

static gboolean
grow (Parser       *self,
      const guint8 *p)
{
  QemuJson *json = self->json;

  if (json->n_allocated >= QEMU_JSON_MAX_TOKENS)
    {
      fail (self, p, "too many values");
      return FALSE;
    }

  json->n_allocated = MAX (MIN (2 * json->n_allocated, QEMU_JSON_MAX_TOKENS),
                           guess_n_tokens (self->end - (const guint8 *) json->text));
  json->tokens = g_renew (QemuJsonToken, json->tokens, json->n_allocated);

  return TRUE;
}

static inline gboolean
push (Parser       *self,
      QemuJsonType  type,
      gboolean      escaped,
      const guint8 *from,
      const guint8 *to)
{
  QemuJson *json = self->json;

  if (G_UNLIKELY (json->n_tokens == json->n_allocated) && !grow (self, from))
    return FALSE;

  json->tokens[json->n_tokens] = (QemuJsonToken) {
    .type = type,
    .escaped = escaped,
    .next = json->n_tokens + 1,
    .offset = from - (const guint8 *) json->text,
    .length = to - from,
  };
  json->n_tokens++;

  return TRUE;
}

/* QEMU writes one space, or none. */
static inline const guint8 *
skip_space (const guint8 *p)
{
  if (*p == ' ')
    p++;
  while (G_UNLIKELY (classes[*p] & SPACE))
    p++;

  return p;
}

static inline const guint8 *
skip_digits (const guint8 *p)
{
  while (classes[*p] & DIGIT)
    p++;

  return p;
}

static inline const guint8 *
skip_plain (const guint8 *p,
            const guint8 *end)
{
#ifdef __SSE2__
  const __m128i quotes = _mm_set1_epi8 ('"'), backslashes = _mm_set1_epi8 ('\\'), spaces = _mm_set1_epi8 (' ');

  /* With a sign, what is not ASCII is less than a space, too. */
  for (; end - p >= 16; p += 16)
    {
      const __m128i bytes = _mm_loadu_si128 ((const void *) p);
      const int stops = _mm_movemask_epi8 (_mm_or_si128 (_mm_cmplt_epi8 (bytes, spaces),
                                                         _mm_or_si128 (_mm_cmpeq_epi8 (bytes, quotes),
                                                                       _mm_cmpeq_epi8 (bytes, backslashes))));

      if (stops != 0)
        return p + __builtin_ctz (stops);
    }
#elif HAVE_FAST_WORDS
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 high_bits = ones << 7;

  while (end - p >= 8)
    {
      guint64 word, stops;

      /* A byte's high bit says that it is no plain one: it was set, or the byte was too small for the subtraction and
       * borrowed. A borrow may spoil the bytes above; that is no matter, since the first one counts. */
      memcpy (&word, p, 8);
      stops = word
            | (word - ones * 0x20)
            | ((word ^ ones * '"') - ones)
            | ((word ^ ones * '\\') - ones);
      stops &= high_bits;

      if (stops != 0)
        return p + __builtin_ctzll (stops) / 8;

      p += 8;
    }
#endif

  while (classes[*p] & PLAIN)
    p++;

  return p;
}

/* A backslash and what belongs to it. */
static const guint8 *
skip_escape (Parser       *self,
             const guint8 *p)
{
  g_assert (p[0] == '\\');

  if (escapes[p[1]] != '\0')
    return p + 2;

  if (p[1] != 'u')
    return fail (self, p + 1, "no such escape");

  for (unsigned i = 2; i < 6; i++)
    if (!(classes[p[i]] & HEX))
      return fail (self, p + i, "a \\u escape needs four hexadecimal digits");

  return p + 6;
}

/* All that is not ASCII here. */
static const guint8 *
skip_utf8 (Parser       *self,
           const guint8 *p)
{
  g_assert (p[0] >= 0x80);

  while (p[0] >= 0x80)
    {
      unsigned row = 0;

      while (p[0] > sequences[row].last_lead)
        row++;

      if (sequences[row].length == 0 || p[1] < sequences[row].second_min || p[1] > sequences[row].second_max)
        return fail (self, p, "text that is not UTF-8");

      for (unsigned i = 2; i < sequences[row].length; i++)
        if ((p[i] & 0xc0) != 0x80)
          return fail (self, p, "text that is not UTF-8");

      p += sequences[row].length;
    }

  return p;
}

/* Used twice, so that compilers would rather call it; for the short strings of QMP this matters. */
G_ALWAYS_INLINE static inline const guint8 *
parse_string (Parser       *self,
              const guint8 *p)
{
  const guint8 *start = ++p;
  gboolean escaped = FALSE;

  while (*(p = skip_plain (p, self->end)) != '"')
    {
      if (*p == '\\')
        {
          escaped = TRUE;
          p = skip_escape (self, p);
        }
      else if (*p >= 0x80)
        {
          p = skip_utf8 (self, p);
        }
      else
        {
          p = fail (self, p, "a control character in a string");
        }

      if (p == NULL)
        return NULL;
    }

  return push (self, QEMU_JSON_STRING, escaped, start, p) ? p + 1 : NULL;
}

static inline const guint8 *
parse_number (Parser       *self,
              const guint8 *p)
{
  QemuJsonType type = QEMU_JSON_INTEGER;
  const guint8 *start = p;

  if (*p == '-')
    p++;

  if (!(classes[*p] & DIGIT))
    return fail (self, p, "a digit is expected");
  if (*p == '0' && (classes[p[1]] & DIGIT))
    return fail (self, p, "a number begins with 0");

  p = skip_digits (p);

  if (*p == '.')
    {
      type = QEMU_JSON_DOUBLE;
      p++;
      if (!(classes[*p] & DIGIT))
        return fail (self, p, "a digit is expected");
      p = skip_digits (p);
    }

  if (*p == 'e' || *p == 'E')
    {
      type = QEMU_JSON_DOUBLE;
      p++;
      if (*p == '+' || *p == '-')
        p++;
      if (!(classes[*p] & DIGIT))
        return fail (self, p, "a digit is expected");
      p = skip_digits (p);
    }

  return push (self, type, FALSE, start, p) ? p : NULL;
}

static inline const guint8 *
parse_literal (Parser       *self,
               const guint8 *p,
               const char   *literal,
               gsize         length,
               QemuJsonType  type)
{
  if ((gsize) (self->end - p) < length || memcmp (p, literal, length) != 0)
    return fail (self, p, "a value is expected");

  return push (self, type, FALSE, p, p + length) ? p + length : NULL;
}

/* A member's name and its colon. */
static inline const guint8 *
parse_name (Parser       *self,
            const guint8 *p)
{
  if (*p != '"')
    return fail (self, p, "a member's name is expected");

  p = parse_string (self, p);
  if (p == NULL)
    return NULL;

  p = skip_space (p);
  if (*p != ':')
    return fail (self, p, "a colon is expected");

  return skip_space (p + 1);
}

static inline const guint8 *
parse_scalar (Parser       *self,
              const guint8 *p)
{
  switch (*p)
    {
    case '"':
      return parse_string (self, p);

    case '-':
    case '0' ... '9':
      return parse_number (self, p);

    case 't':
      return parse_literal (self, p, "true", 4, QEMU_JSON_TRUE);

    case 'f':
      return parse_literal (self, p, "false", 5, QEMU_JSON_FALSE);

    case 'n':
      return parse_literal (self, p, "null", 4, QEMU_JSON_NULL);

    default:
      return fail (self, p, "a value is expected");
    }
}

static inline const guint8 *
open_container (Parser       *self,
                const guint8 *p)
{
  QemuJson *json = self->json;

  if (self->depth == QEMU_JSON_MAX_DEPTH)
    return fail (self, p, "nested deeper than " G_STRINGIFY (QEMU_JSON_MAX_DEPTH) " levels");

  if (!push (self, *p == '{' ? QEMU_JSON_OBJECT : QEMU_JSON_ARRAY, FALSE, p, p))
    return NULL;

  json->tokens[json->n_tokens - 1].next = self->container;
  self->container = json->n_tokens - 1;
  self->closing = *p == '{' ? '}' : ']';
  self->depth++;

  return p + 1;
}

static inline const guint8 *
close_container (Parser       *self,
                 const guint8 *p)
{
  QemuJson *json = self->json;
  QemuJsonToken *token = &json->tokens[self->container];

  g_assert (*p == self->closing);

  self->container = token->next;
  self->depth--;
  if (self->container == QEMU_JSON_NONE)
    self->closing = 0;
  else
    self->closing = json->tokens[self->container].type == QEMU_JSON_OBJECT ? '}' : ']';

  token->next = json->n_tokens;
  token->length = p + 1 - (const guint8 *) json->text - token->offset;

  return p + 1;
}

/* Each turn reads one value: a scalar, or a container's opening bracket; then whatever ends behind it. */
static const guint8 *
parse_text (Parser       *self,
            const guint8 *p)
{
  p = skip_space (p);

  for (;;)
    {
      if (self->closing == '}' && (p = parse_name (self, p)) == NULL)
        return NULL;

      if (*p == '{' || *p == '[')
        {
          p = open_container (self, p);
          if (p == NULL)
            return NULL;

          p = skip_space (p);
          if (*p != self->closing)
            continue;
        }
      else
        {
          p = parse_scalar (self, p);
          if (p == NULL)
            return NULL;

          p = skip_space (p);
        }

      while (self->depth > 0 && *p == self->closing)
        p = skip_space (close_container (self, p));

      if (self->depth == 0)
        break;

      if (*p != ',')
        return fail (self, p, self->closing == '}' ? "a comma or } is expected" : "a comma or ] is expected");

      p = skip_space (p + 1);
    }

  return p == self->end ? p : fail (self, p, "there is more behind the value");
}

gboolean
qemu_json_parse (QemuJson    *self,
                 const char  *text,
                 gsize        length,
                 GError     **error)
{
  Parser parser = {
    .json = self,
    .end = (const guint8 *) text + length,
    .container = QEMU_JSON_NONE,
  };

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (length > G_MAXINT32)
    {
      self->n_tokens = 0;
      g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
                   "Message of %" G_GSIZE_FORMAT " bytes is too large", length);
      return FALSE;
    }

  /* Without it, what follows would run on into foreign memory. */
  g_assert (text[length] == '\0');

  if (self->n_allocated > KEPT_TOKENS && guess_n_tokens (length) <= KEPT_TOKENS)
    qemu_json_clear (self);

  self->text = text;
  self->n_tokens = 0;

  if (parse_text (&parser, (const guint8 *) text) != NULL)
    return TRUE;

  self->n_tokens = 0;
  g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
               "Invalid JSON at byte %" G_GSIZE_FORMAT ": %s",
               (gsize) (parser.failed_at - (const guint8 *) text), parser.reason);
  return FALSE;
}

void
qemu_json_clear (QemuJson *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->tokens);
  *self = (QemuJson) QEMU_JSON_INIT;
}

/* So few cannot be too many of anything. */
#define FEW_TOKENS 20000

gboolean
qemu_json_check_amount (const QemuJson  *self,
                        GError         **error)
{
  guint64 n_squares = 0;
  guint32 n_objects = 0;

  if (G_LIKELY (self->n_tokens <= FEW_TOKENS))
    return TRUE;

  for (guint32 i = 0; i < self->n_tokens; i++)
    {
      guint64 n_members = 0;

      QEMU_JSON_FOREACH_MEMBER (self, i, name)
        n_members++;
      n_objects += self->tokens[i].type == QEMU_JSON_OBJECT;
      n_squares += n_members * n_members;
    }
  if (self->n_tokens <= QEMU_JSON_MOST_TOKENS && n_objects <= QEMU_JSON_MOST_OBJECTS &&
      n_squares <= QEMU_JSON_MOST_SQUARES)
    return TRUE;

  g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "QEMU's answer has more in it than anybody can need");

  return FALSE;
}

void
qemu_json_trim (QemuJson *self)
{
  if (G_UNLIKELY (self->n_allocated > MOST_TOKENS))
    qemu_json_clear (self);
}

/* Reading */

static inline const char *
get_text (const QemuJson *self,
          guint32         token)
{
  return self->text + self->tokens[token].offset;
}

/* The UTF-16 unit that a \u escape stands for. */
static gunichar
read_unit (const char *in)
{
  gunichar unit = 0;

  g_assert (in[0] == '\\' && in[1] == 'u');

  for (unsigned i = 2; i < 6; i++)
    unit = unit << 4 | g_ascii_xdigit_value (in[i]);

  return unit;
}

/* Reads a \u escape, or two that make a surrogate pair. What follows the first may be the string's closing quote, and
 * what is behind a backslash has been looked at by the parser, so this never reads on beyond the string. */
static const char *
unescape_unicode (const char *in,
                  gunichar   *character)
{
  gunichar unit = read_unit (in);

  in += 6;

  if ((unit & 0xfc00) == 0xd800 && in[0] == '\\' && in[1] == 'u')
    {
      gunichar low = read_unit (in);

      if ((low & 0xfc00) == 0xdc00)
        {
          *character = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
          return in + 6;
        }
    }

  *character = (unit & 0xf800) == 0xd800 ? 0xfffd : unit;
  return in;
}

/* Writes the string that @token stands for, and a NUL, to @out, and returns its length. The token's own length and one
 * more is room enough, as no escape is shorter than what it stands for. */
static gsize
read_string (const QemuJson *self,
             guint32         token,
             char           *out)
{
  const char *in = get_text (self, token);
  const char *end = in + self->tokens[token].length;
  char *start = out;

  g_assert (self->tokens[token].type == QEMU_JSON_STRING);

  for (;;)
    {
      const char *escape = self->tokens[token].escaped ? memchr (in, '\\', end - in) : NULL;
      const char *plain_end = escape != NULL ? escape : end;
      gunichar character;

      memcpy (out, in, plain_end - in);
      out += plain_end - in;
      in = plain_end;

      if (in == end)
        break;

      if (in[1] == 'u')
        {
          in = unescape_unicode (in, &character);
          out += g_unichar_to_utf8 (character, out);
        }
      else
        {
          *out++ = escapes[(guint8) in[1]];
          in += 2;
        }
    }

  *out = '\0';
  return out - start;
}

static gboolean
escaped_string_is (const QemuJson *self,
                   guint32         token,
                   const char     *string,
                   gsize           length)
{
  g_autofree char *unescaped = g_malloc (self->tokens[token].length + 1);

  return read_string (self, token, unescaped) == length && memcmp (unescaped, string, length) == 0;
}

static inline gboolean
string_is (const QemuJson *self,
           guint32         token,
           const char     *string,
           gsize           length)
{
  const QemuJsonToken *t = &self->tokens[token];

  g_assert (t->type == QEMU_JSON_STRING);

  if (G_UNLIKELY (t->escaped))
    return escaped_string_is (self, token, string, length);

  return t->length == length &&
         (length == 0 || (get_text (self, token)[0] == string[0] &&
                          memcmp (get_text (self, token), string, length) == 0));
}

guint32
qemu_json_get_member (const QemuJson *self,
                      guint32         object,
                      const char     *name)
{
  guint32 found = QEMU_JSON_NONE;
  gsize length;

  g_return_val_if_fail (self != NULL, QEMU_JSON_NONE);
  g_return_val_if_fail (name != NULL, QEMU_JSON_NONE);

  length = strlen (name);

  QEMU_JSON_FOREACH_MEMBER (self, object, member)
    if (string_is (self, member, name, length))
      found = member + 1;

  return found;
}

gboolean
qemu_json_string_equals (const QemuJson *self,
                         guint32         token,
                         const char     *string)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (string != NULL, FALSE);

  return qemu_json_get_type (self, token) == QEMU_JSON_STRING && string_is (self, token, string, strlen (string));
}

gboolean
qemu_json_get_boolean (const QemuJson *self,
                       guint32         token,
                       gboolean       *value)
{
  QemuJsonType type = qemu_json_get_type (self, token);

  g_return_val_if_fail (value != NULL, FALSE);

  if (type != QEMU_JSON_TRUE && type != QEMU_JSON_FALSE)
    return FALSE;

  *value = type == QEMU_JSON_TRUE;
  return TRUE;
}

/* FALSE: no integer, or its magnitude needs more than 64 bits. */
static gboolean
read_integer (const QemuJson *self,
              guint32         token,
              gboolean       *negative,
              guint64        *magnitude)
{
  const char *p, *end;
  guint64 sum = 0;

  if (qemu_json_get_type (self, token) != QEMU_JSON_INTEGER)
    return FALSE;

  p = get_text (self, token);
  end = p + self->tokens[token].length;

  *negative = *p == '-';
  if (*negative)
    p++;

  /* So many digits always fit. */
  for (const char *safe = p + MIN (end - p, 19); p < safe; p++)
    sum = sum * 10 + (*p - '0');
  for (; p < end; p++)
    if (!g_uint64_checked_mul (&sum, sum, 10) || !g_uint64_checked_add (&sum, sum, *p - '0'))
      return FALSE;

  *magnitude = sum;
  return TRUE;
}

gboolean
qemu_json_get_int64 (const QemuJson *self,
                     guint32         token,
                     gint64         *value)
{
  guint64 magnitude;
  gboolean negative;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (!read_integer (self, token, &negative, &magnitude))
    return FALSE;

  /* There is one more below zero than above. */
  if (magnitude > (guint64) G_MAXINT64 + negative)
    return FALSE;

  *value = (gint64) (negative ? 0 - magnitude : magnitude);
  return TRUE;
}

gboolean
qemu_json_get_uint64 (const QemuJson *self,
                      guint32         token,
                      guint64        *value)
{
  guint64 magnitude;
  gboolean negative;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (!read_integer (self, token, &negative, &magnitude) || (negative && magnitude != 0))
    return FALSE;

  *value = magnitude;
  return TRUE;
}

/* Infinite where the number is beyond what a double can be. */
static double
read_double (const QemuJson *self,
             guint32         token)
{
  g_assert (self->tokens[token].type == QEMU_JSON_INTEGER || self->tokens[token].type == QEMU_JSON_DOUBLE);

  /* No byte that can follow a number in JSON makes it a longer one in C. */
  return g_ascii_strtod (get_text (self, token), NULL);
}

gboolean
qemu_json_get_double (const QemuJson *self,
                      guint32         token,
                      double         *value)
{
  QemuJsonType type = qemu_json_get_type (self, token);
  double number;

  g_return_val_if_fail (value != NULL, FALSE);

  if (type != QEMU_JSON_INTEGER && type != QEMU_JSON_DOUBLE)
    return FALSE;

  number = read_double (self, token);
  if (!isfinite (number))
    return FALSE;

  *value = number;
  return TRUE;
}

char *
qemu_json_dup_string (const QemuJson *self,
                      guint32         token)
{
  g_autofree char *string = NULL;
  gsize length;

  if (qemu_json_get_type (self, token) != QEMU_JSON_STRING)
    return NULL;

  string = g_malloc ((gsize) self->tokens[token].length + 1);
  length = read_string (self, token, string);

  if (self->tokens[token].escaped && strlen (string) != length)
    return NULL;

  return g_steal_pointer (&string);
}

const char *
qemu_json_get_raw (const QemuJson *self,
                   guint32         token,
                   gsize          *length)
{
  unsigned quotes;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (length != NULL, NULL);

  if (token >= self->n_tokens)
    {
      *length = 0;
      return NULL;
    }

  quotes = self->tokens[token].type == QEMU_JSON_STRING ? 1 : 0;

  *length = self->tokens[token].length + 2 * quotes;
  return get_text (self, token) - quotes;
}

/* To json-glib */

/* The string as far as a C string can hold it, that is up to a U+0000, until the next use of @buffer. */
static const char *
peek_string (const QemuJson *self,
             guint32         token,
             GString        *buffer)
{
  g_string_set_size (buffer, self->tokens[token].length);
  read_string (self, token, buffer->str);

  return buffer->str;
}

static JsonNode *
new_number_node (const QemuJson *self,
                 guint32         token)
{
  gint64 integer;

  if (qemu_json_get_int64 (self, token, &integer))
    return json_node_init_int (json_node_alloc (), integer);

  return json_node_init_double (json_node_alloc (), read_double (self, token));
}

/* A container's node has nothing in it yet. */
static JsonNode *
new_node (const QemuJson *self,
          guint32         token,
          GString        *buffer)
{
  JsonNode *node;

  switch ((QemuJsonType) self->tokens[token].type)
    {
    case QEMU_JSON_NULL:
      return json_node_new (JSON_NODE_NULL);

    case QEMU_JSON_FALSE:
    case QEMU_JSON_TRUE:
      return json_node_init_boolean (json_node_alloc (), self->tokens[token].type == QEMU_JSON_TRUE);

    case QEMU_JSON_INTEGER:
    case QEMU_JSON_DOUBLE:
      return new_number_node (self, token);

    case QEMU_JSON_STRING:
      return json_node_init_string (json_node_alloc (), peek_string (self, token, buffer));

    case QEMU_JSON_ARRAY:
      node = json_node_new (JSON_NODE_ARRAY);
      json_node_take_array (node, json_array_new ());
      return node;

    case QEMU_JSON_OBJECT:
      node = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (node, json_object_new ());
      return node;

    default:
      g_assert_not_reached ();
    }
}

/* An object of so many tokens may have names in it that are there twice. */
#define MANY_TOKENS 128

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  return strcmp (a, b);
}

/* Where each name of a large object is the last time. To set a member twice has json-glib look through all of them. */
static GTree *
find_last_members (const QemuJson *self,
                   guint32         object,
                   GString        *buffer)
{
  GTree *last;

  if (G_LIKELY (self->tokens[object].next - object < MANY_TOKENS))
    return NULL;

  last = g_tree_new_full (compare_names, NULL, g_free, NULL);
  QEMU_JSON_FOREACH_MEMBER (self, object, name)
    g_tree_insert (last, g_strdup (peek_string (self, name, buffer)), GUINT_TO_POINTER (name));

  return last;
}

/* A container that is being filled. */
typedef struct
{
  JsonNode            *node;
  const QemuJsonToken *token;
  GTree               *last;
} OpenNode;

/* FALSE: there is a later member of that name, and this one is left out. */
static gboolean
add_to_open (const OpenNode *open,
             const char     *name,
             guint32         token,
             JsonNode       *node)
{
  if (open->token->type == QEMU_JSON_ARRAY)
    json_array_add_element (json_node_get_array (open->node), node);
  else if (open->last == NULL || g_tree_lookup (open->last, name) == GUINT_TO_POINTER (token))
    json_object_set_member (json_node_get_object (open->node), name, node);
  else
    return FALSE;
  json_node_set_parent (node, open->node);

  return TRUE;
}

/* Without recursion: the containers that are open at one time, at most QEMU_JSON_MAX_DEPTH, are on a stack of 24 KiB.
 * (Freeing the nodes is json-glib's business, and recurses.)
 *
 * What json-glib cannot hold: an integer beyond 64 bits with sign becomes a double, a number beyond those infinite, and
 * a string ends before its first U+0000. */
JsonNode *
qemu_json_to_node (const QemuJson *self,
                   guint32         token)
{
  OpenNode open[QEMU_JSON_MAX_DEPTH];
  g_autoptr(GString) buffer = NULL;
  JsonNode *root = NULL;
  unsigned depth = 0;
  guint32 i = token;

  g_return_val_if_fail (self != NULL, NULL);

  if (token >= self->n_tokens)
    return NULL;

  buffer = g_string_new (NULL);

  do
    {
      gboolean is_member = depth > 0 && open[depth - 1].token->type == QEMU_JSON_OBJECT;
      guint32 value = is_member ? i + 1 : i;
      JsonNode *node = new_node (self, value, buffer);
      gboolean left_out = FALSE;

      if (root == NULL)
        root = node;
      else
        left_out = !add_to_open (&open[depth - 1], is_member ? peek_string (self, i, buffer) : NULL, i, node);

      if (left_out)
        json_node_unref (node);
      else if (self->tokens[value].type == QEMU_JSON_ARRAY || self->tokens[value].type == QEMU_JSON_OBJECT)
        open[depth++] = (OpenNode) { node, &self->tokens[value], find_last_members (self, value, buffer) };

      i = left_out ? self->tokens[value].next : value + 1;
      for (; depth > 0 && open[depth - 1].token->next == i; depth--)
        g_clear_pointer (&open[depth - 1].last, g_tree_unref);
    }
  while (depth > 0);

  return root;
}
