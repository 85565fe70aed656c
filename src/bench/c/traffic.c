/* Makes captures to measure on; the same words always make the same file.
 *
 *     traffic MIX OUT BYTES DIALOGUES [-ng] [-pool N] [-budget BYTES] [-flows N]
 *
 * MIX       mixed  an office's uplink: three connections in a hundred are RDP, some on other ports; VLANs, IPv6, disorder
 *           rdp    nothing but RDP, most of it short
 *           small  many connections of tiny segments, and name lookups
 *           scale  as small, with N connections alive at a time
 *           tries  RDP that is refused at once, from a hundred thousand clients to two hundred servers
 * DIALOGUES what RDP peers have really said, one after the other (scripts/bench takes them from samples):
 *           kind:1 messages:2, then for each message server:1 length:2 vary:2 bytes; all little-endian. The 28 bytes at
 *           `vary` (0: none) are random numbers of TLS and become other ones in every connection.
 *
 * -flows    so many in all, each to its end
 *
 * Prints packets=, flows= and rdp= of what it made. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

enum kind { RDP, SCAN, WEB, NAMES, FILES, QUIC, SHELL, PLAIN_WEB, TINY };
enum stage { SYN, SYN_ACK, ACK, TALK, FIN, FIN_BACK, LAST_ACK };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16, LONGEST = 1 << 16, NOISE = 1 << 21, MOST_HELD = 8 };

struct message { u8 server; u32 length, vary; const u8 *bytes; };
struct dialogue { int kind, count; struct message *messages; };
struct flow {
    u64 seed, client, server;                 /* addresses: the last four bytes count */
    u32 client_sequence, server_sequence, client_port, server_port;
    u32 budget, number, sent, unanswered;     /* bytes left, message, bytes of it that are sent, segments since the last ACK */
    const struct dialogue *dialogue;
    enum kind kind;
    enum stage stage;
    u8 six, vlan, stamps;
};

static u64 state = 42, now = 1760000000000000ULL, packets, flows, rdp, written;
static u8 noise[NOISE + LONGEST], out[8 << 20], frame[LONGEST + 256], text[LONGEST + 256];
static size_t filled;
static FILE *file;
static int pcapng;
static struct dialogue dialogues[16];
static const struct dialogue *refused; /* one that is */
static int known;
static const char *mix;
static u32 fixed_budget;

/* ---- numbers ---- */

static u64 next(u64 *of) {
    u64 x = *of += 0x9e3779b97f4a7c15ULL;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

static u32 below(u32 limit) { return (next(&state) >> 32) * (u64) limit >> 32; }

/* A number that depends on the flow and a place in it alone. */
static u32 of(const struct flow *f, u32 place, u32 limit) {
    u64 x = f->seed + place * 0xd1b54a32d192ed03ULL;
    return (next(&x) >> 32) * (u64) limit >> 32;
}

/* Many little ones, a few great ones. */
static u32 heavy(u32 usual) {
    u64 size = (u64) usual * 10000 / (below(10000) + 1);
    return size > 400ULL * usual ? 400 * usual : size;
}

static void big(u8 *p, int bytes, u64 value) { while (bytes--) p[bytes] = value, value >>= 8; }
static void little(u8 *p, u32 value) { memcpy(p, &value, 4); }

/* ---- the file ---- */

static void flush(void) {
    if (fwrite(out, 1, filled, file) != filled) { perror("traffic"); exit(1); }
    written += filled;
    filled = 0;
}

static void record(const u8 *bytes, u32 length) {
    if (filled + length + 64 > sizeof out) flush();
    now += 2 + below(40);
    u8 *p = out + filled;
    if (pcapng) {
        u32 padded = (length + 3) & ~3u;
        little(p, 6), little(p + 4, 32 + padded), little(p + 8, 0), little(p + 12, now >> 32), little(p + 16, now);
        little(p + 20, length), little(p + 24, length);
        memcpy(p + 28, bytes, length);
        memset(p + 28 + length, 0, padded - length);
        little(p + 28 + padded, 32 + padded);
        filled += 32 + padded;
    } else {
        little(p, now / 1000000), little(p + 4, now % 1000000), little(p + 8, length), little(p + 12, length);
        memcpy(p + 16, bytes, length);
        filled += 16 + length;
    }
    packets++;
}

static void header(void) {
    u8 *p = out;
    if (pcapng) {
        static const u32 section[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28}, interface[] = {1, 20, 1, 1 << 18, 20};
        memcpy(p, section, sizeof section);
        memcpy(p + sizeof section, interface, sizeof interface);
        filled = sizeof section + sizeof interface;
    } else {
        static const u32 start[] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 1 << 18, 1};
        memcpy(p, start, sizeof start);
        filled = sizeof start;
    }
}

/* One segment in a hundred is captured twice, or behind some that were sent later. */
static void disordered(const u8 *bytes, u32 length) {
    static struct { u8 bytes[2048]; u32 length; int wait; } held[MOST_HELD];
    static int count;
    u32 luck = below(1000);
    if (luck < 5) record(bytes, length);
    if (luck >= 5 && luck < 10 && count < MOST_HELD && length <= sizeof held->bytes) {
        memcpy(held[count].bytes, bytes, length);
        held[count].length = length;
        held[count++].wait = 1 + below(12);
    } else record(bytes, length);
    for (int i = 0; i < count;)
        if (--held[i].wait < 0) {
            record(held[i].bytes, held[i].length);
            held[i] = held[--count];
        } else i++;
}

/* ---- packets ---- */

/* Ethernet and IP in front of `length` bytes of transport; where that begins. */
static u32 network(const struct flow *f, int server, int protocol, u32 length) {
    static const u8 macs[2][6] = {{2, 0x1c, 0x42, 1, 2, 3}, {2, 0x50, 0x56, 9, 8, 7}};
    u64 from = server ? f->server : f->client, to = server ? f->client : f->server;
    u8 *p = frame;
    memcpy(p, macs[!server], 6), memcpy(p + 6, macs[server], 6);
    p += 12;
    if (f->vlan) big(p, 4, 0x81000000u | f->vlan), p += 4;
    if (f->six) {
        static const u8 prefix[12] = {0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2};
        big(p, 2, 0x86dd), big(p + 2, 4, 0x60000000), big(p + 6, 2, length), p[8] = protocol, p[9] = server ? 64 : 128;
        memcpy(p + 10, prefix, 12), big(p + 22, 4, from), memcpy(p + 26, prefix, 12), big(p + 38, 4, to);
        return p + 42 - frame;
    }
    big(p, 2, 0x0800), big(p + 2, 2, 0x4500), big(p + 4, 2, 20 + length), big(p + 6, 2, packets), big(p + 8, 2, 0x4000);
    p[10] = server ? 64 : 128, p[11] = protocol, big(p + 12, 2, 0), big(p + 14, 4, from), big(p + 18, 4, to);
    u32 sum = 0;
    for (int i = 2; i < 22; i += 2) sum += p[i] << 8 | p[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    big(p + 12, 2, ~(sum + (sum >> 16)));
    return p + 22 - frame;
}

static void finish(u32 length, int data) {
    while (length < 60) frame[length++] = 0;
    data ? disordered(frame, length) : record(frame, length);
}

static void segment(struct flow *f, int server, int flags, const u8 *data, u32 length) {
    static const u8 offers[12] = {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};
    u32 head = flags & FLAG_SYN || f->stamps ? 32 : 20, at = network(f, server, 6, head + length);
    u8 *p = frame + at;
    u32 *mine = server ? &f->server_sequence : &f->client_sequence, other = server ? f->client_sequence : f->server_sequence;
    big(p, 2, server ? f->server_port : f->client_port), big(p + 2, 2, server ? f->client_port : f->server_port);
    big(p + 4, 4, *mine), big(p + 8, 4, flags & FLAG_ACK ? other : 0), p[12] = head << 2, p[13] = flags;
    big(p + 14, 2, 64240), big(p + 16, 4, 0);
    if (flags & FLAG_SYN) memcpy(p + 20, offers, 12);
    else if (head == 32) big(p + 20, 4, 0x0101080a), big(p + 24, 4, now / 1000), big(p + 28, 4, now / 1000 - 5);
    memcpy(p + head, data, length);
    *mine += length + !!(flags & (FLAG_SYN | FLAG_FIN));
    finish(at + head + length, length > 0);
}

static void datagram(struct flow *f, int server, const u8 *data, u32 length) {
    u32 at = network(f, server, 17, 8 + length);
    u8 *p = frame + at;
    big(p, 2, server ? f->server_port : f->client_port), big(p + 2, 2, server ? f->client_port : f->server_port);
    big(p + 4, 2, 8 + length), big(p + 6, 2, 0);
    memcpy(p + 8, data, length);
    finish(at + 8 + length, 0);
}

/* ---- what is said ---- */

static const u8 *random_bytes(const struct flow *f, u32 place) { return noise + of(f, place, NOISE); }

static u32 tls(const struct flow *f, int type, u32 length) {
    text[0] = type, text[1] = text[2] = 3, big(text + 3, 2, length);
    memcpy(text + 5, random_bytes(f, f->number), length);
    return 5 + length;
}

/* A browser's ClientHello: a server name, and HTTP/2 offered. */
static u32 browser_hello(const struct flow *f) {
    static const u8 suites[] = {0, 12, 0x13, 2, 0x13, 1, 0xc0, 0x2f, 0xc0, 0x30, 0xcc, 0xa8, 0, 0x9d, 1, 0};
    static const u8 tail[] = {0, 16, 0, 14, 0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1', 0, 10, 0, 4, 0, 2, 0, 29,
                              0, 43, 0, 3, 2, 3, 4};
    char name[40];
    u32 length = sprintf(name, "www%u.site%u.example.com", of(f, 1, 50), of(f, 2, 3000));
    u8 *p = text + 9;
    big(p, 2, 0x0303), memcpy(p + 2, random_bytes(f, 3), 32), p[34] = 0, memcpy(p + 35, suites, sizeof suites);
    u8 *extensions = p + 35 + sizeof suites;
    p = extensions + 2;
    big(p, 2, 0), big(p + 2, 2, length + 5), big(p + 4, 2, length + 3), p[6] = 0, big(p + 7, 2, length), memcpy(p + 9, name, length);
    p += 9 + length;
    memcpy(p, tail, sizeof tail), p += sizeof tail;
    big(extensions, 2, p - extensions - 2);
    text[0] = 22, text[1] = 3, text[2] = 1, big(text + 3, 2, p - text - 5), big(text + 5, 4, 1 << 24 | (u32) (p - text - 9));
    return p - text;
}

static u32 said_by_rdp(const struct flow *f, int *server) {
    const struct dialogue *d = f->dialogue;
    if (f->number < (u32) d->count) {
        const struct message *m = &d->messages[f->number];
        *server = m->server;
        memcpy(text, m->bytes, m->length);
        if (m->vary) memcpy(text + m->vary, random_bytes(f, 5 + m->server), 28);
        return m->length;
    }
    u32 luck = of(f, f->number, 100), size = of(f, ~f->number, 800);
    *server = luck >= 35;
    if (d->kind == 'r') return 0; /* it was refused */
    if (*server && luck >= 70) size = 1200 + of(f, ~f->number, 9000);
    if (d->kind == 't') return tls(f, 23, 60 + (*server ? size : size % 60));
    size = 20 + (*server ? size : size % 60); /* fast-path */
    memcpy(text, random_bytes(f, f->number), size);
    text[0] = *server ? 0x80 : 0xc4, big(text + 1, 2, 0x8000 | size);
    return size;
}

static u32 noise_of(const struct flow *f, u32 length) {
    memcpy(text, random_bytes(f, f->number), length);
    return length;
}

/* The next message, in `text`; 0 when all is said. */
static u32 said(const struct flow *f, int *server) {
    u32 n = f->number, size = of(f, ~n, 1000), greater = of(f, n, 100) < 50 ? 0 : of(f, ~n, 12000);
    *server = n & 1;
    switch (f->kind) {
        case RDP: return said_by_rdp(f, server);
        case WEB: return n == 0 ? browser_hello(f) : n == 1 ? tls(f, 22, 1500 + size) : tls(f, 23, *server ? 200 + greater : 100 + size);
        case FILES:
            size = noise_of(f, *server ? 150 + greater : 120 + size % 60);
            big(text, 4, size - 4), memcpy(text + 4, "\xfeSMB\x40\0", 6);
            return size;
        case SHELL: return n < 2 ? (u32) sprintf((char *) text, "SSH-2.0-OpenSSH_9.%u\r\n", of(f, 1, 8)) : noise_of(f, 36 + size);
        case PLAIN_WEB:
            if (*server) return noise_of(f, 400 + greater);
            return sprintf((char *) text, "GET /%u HTTP/1.1\r\nHost: host%u.example.org\r\nAccept: */*\r\n\r\n", size, of(f, 1, 300));
        default: *server = of(f, n, 2); return noise_of(f, 10 + size % 37);
    }
}

/* ---- connections ---- */

static void begin(struct flow *f) {
    u32 luck = below(1000), version = below(100);
    memset(f, 0, sizeof *f);
    f->seed = next(&state), f->client_sequence = next(&state), f->server_sequence = next(&state);
    f->client = 0x0a000000 | below(1 << 19), f->client_port = 1024 + below(64000);
    f->six = below(10) == 0, f->vlan = below(10) == 0 ? 100 : 0, f->stamps = below(2);
    f->kind = *mix == 'r' || *mix == 't' ? RDP : *mix == 's' ? (luck < 150 && mix[1] == 'm' ? NAMES : TINY)
            : luck < 32 ? RDP : luck < 40 ? SCAN : luck < 440 ? WEB : luck < 700 ? NAMES : luck < 790 ? FILES : luck < 860 ? QUIC
            : luck < 910 ? SHELL : PLAIN_WEB;
    f->server = f->kind == RDP || f->kind == FILES || f->kind == SCAN ? 0xc0a80000 | below(800) : 0xc6120000 | below(40000);
    static const u32 ports[] = {3389, 3389, 443, 53, 445, 443, 22, 80, 0}, usual[] = {0, 0, 4000, 0, 10000, 8000, 4000, 3000, 600};
    f->server_port = ports[f->kind] ? ports[f->kind] : below(2) ? 22 : 5000 + below(200);
    f->budget = f->kind == TINY && fixed_budget ? fixed_budget : heavy(usual[f->kind]);
    flows++;
    if (f->kind != RDP) return;
    rdp++;
    f->dialogue = &dialogues[version % known];
    if (*mix == 't') {
        f->client = 0x0a000000 | below(100000), f->server = 0xc0a80000 | below(200), f->server_port = 3389;
        f->dialogue = refused;
        return;
    }
    f->server_port = below(10) ? 3389 : below(2) ? 3390 : 13389;
    f->budget = *mix == 'r' ? (luck < 880 ? 7000 : heavy(9000)) : luck % 2 ? 10000 : heavy(40000);
}

static int step_of_datagrams(struct flow *f) {
    if (f->kind == QUIC) {
        int server = f->number > 0 && of(f, f->number, 10) > 1;
        u32 length = noise_of(f, server || f->number < 2 ? 1200 : 40 + of(f, f->number, 60));
        text[0] = f->number < 2 ? 0xc3 : 0x41, big(text + 1, 4, 1);
        datagram(f, server, text, length);
        f->number++;
        f->budget -= f->budget < length ? f->budget : length;
        return f->budget > 0;
    }
    char name[16];
    int length = sprintf(name, "host%u", of(f, 1, 99999)), at = 13 + length, server = f->number++;
    big(text, 2, f->seed), big(text + 2, 2, server ? 0x8180 : 0x0100), big(text + 4, 4, 1 << 16 | server), big(text + 8, 4, 0);
    text[12] = length, memcpy(text + 13, name, length), memcpy(text + at, "\7example\3com\0\0\1\0\1", 17), at += 17;
    if (server) memcpy(text + at, "\xc0\14\0\1\0\1\0\0\1\54\0\4", 12), big(text + at + 12, 4, f->server), at += 16;
    datagram(f, server, text, at);
    return !server;
}

static int talk(struct flow *f) {
    int server;
    u32 length = said(f, &server), left = length - f->sent, most = 1400, last = left <= most;
    int dialogue = f->kind == RDP && f->number < (u32) f->dialogue->count;
    if (length == 0 || (f->budget == 0 && !dialogue)) { f->stage = FIN; return 1; }
    if (f->unanswered == 2 && f->kind != TINY) {
        f->unanswered = 0;
        segment(f, !server, FLAG_ACK, NULL, 0);
        return 1;
    }
    if (!last) left = most;
    segment(f, server, FLAG_ACK | (last ? FLAG_PSH : 0), text + f->sent, left);
    f->unanswered++;
    f->sent = last ? 0 : f->sent + left;
    f->number += last;
    f->budget -= f->budget < left ? f->budget : left;
    return 1;
}

/* One packet; 0 when it was the last. */
static int step(struct flow *f) {
    if (f->kind == NAMES || f->kind == QUIC) return step_of_datagrams(f);
    switch (f->stage) {
        case SYN: segment(f, 0, FLAG_SYN, NULL, 0); break;
        case SYN_ACK:
            if (f->kind == SCAN) { segment(f, 1, FLAG_RST | FLAG_ACK, NULL, 0); return 0; }
            segment(f, 1, FLAG_SYN | FLAG_ACK, NULL, 0);
            break;
        case ACK: segment(f, 0, FLAG_ACK, NULL, 0); break;
        case TALK: return talk(f);
        case FIN:
            if (of(f, 9, 5) == 0) { segment(f, 0, FLAG_RST | FLAG_ACK, NULL, 0); return 0; }
            segment(f, 0, FLAG_FIN | FLAG_ACK, NULL, 0);
            break;
        case FIN_BACK: segment(f, 1, FLAG_FIN | FLAG_ACK, NULL, 0); break;
        case LAST_ACK: segment(f, 0, FLAG_ACK, NULL, 0); return 0;
    }
    f->stage++;
    return 1;
}

static u32 take(const u8 **p, int bytes) {
    u32 value = 0;
    memcpy(&value, *p, bytes);
    *p += bytes;
    return value;
}

static void learn(const char *name) {
    static u8 all[1 << 20];
    FILE *in = fopen(name, "rb");
    if (!in) { perror(name); exit(1); }
    const u8 *p = all, *end = all + fread(all, 1, sizeof all, in);
    fclose(in);
    while (p < end && known < 16) {
        struct dialogue *d = &dialogues[known++];
        d->kind = take(&p, 1), d->count = take(&p, 2), d->messages = calloc(d->count, sizeof *d->messages);
        for (struct message *m = d->messages; m < d->messages + d->count; p += m++->length)
            m->server = take(&p, 1), m->length = take(&p, 2), m->vary = take(&p, 2), m->bytes = p;
        if (d->kind == 'r') refused = d;
    }
}

int main(int count, char **words) {
    int pool = 3000, alive = 0;
    u64 most = ~0ULL;
    if (count < 5) return 2;
    mix = words[1];
    u64 limit = strtoull(words[3], NULL, 10);
    for (int i = 5; i < count; i++)
        if (!strcmp(words[i], "-ng")) pcapng = 1;
        else if (!strcmp(words[i], "-pool")) pool = atoi(words[++i]);
        else if (!strcmp(words[i], "-budget")) fixed_budget = atoi(words[++i]);
        else if (!strcmp(words[i], "-flows")) most = strtoull(words[++i], NULL, 10);
    if ((u64) pool > most) pool = most;
    u64 seed = 7;
    for (size_t i = 0; i + 8 <= sizeof noise; i += 8) { u64 x = next(&seed); memcpy(noise + i, &x, 8); }
    learn(words[4]);
    if (!known || (*mix == 't' && !refused) || !(file = fopen(words[2], "wb"))) return 1;
    header();
    struct flow *all = calloc(pool, sizeof *all);
    while (alive < pool) begin(&all[alive++]);
    int burst = strcmp(mix, "scale") != 0;
    while (written + filled < limit && pool > 0) {
        struct flow *f = &all[below(pool)];
        for (int n = burst ? 1 + below(6) : 1; n > 0; n--)
            if (!step(f)) {
                if (flows < most) begin(f);
                else *f = all[--pool];
                break;
            }
    }
    flush();
    fclose(file);
    fprintf(stderr, "packets=%lu flows=%lu rdp=%lu bytes=%lu\n", (unsigned long) packets, (unsigned long) flows, (unsigned long) rdp,
            (unsigned long) written);
    return 0;
}
