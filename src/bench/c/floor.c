/* What reading a capture costs at least: every header looked at, every TCP connection kept in a table, nothing more.
 *
 *     floor pcap FILE     reads with libpcap (`-` is the standard input)
 *     floor read FILE     reads with read(2), pcap and pcapng
 *
 * Prints what it counted. The prototypes of libpcap stand here, so that its headers are not needed. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

struct pcap_pkthdr { struct timeval ts; uint32_t caplen, len; };
typedef struct pcap pcap_t;
pcap_t *pcap_open_offline(const char *, char *);
int pcap_loop(pcap_t *, int, void (*)(uint8_t *, const struct pcap_pkthdr *, const uint8_t *), uint8_t *);

enum { ETHERNET = 14, VLAN = 0x8100, QINQ = 0x88a8, IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6, UDP = 17 };

struct connection { uint64_t low[2], high[2]; uint32_t ports; uint32_t packets; uint64_t bytes; };

static struct connection *table;
static uint64_t slots = 1 << 16, connections, packets, tcp, udp, sum;

static inline uint32_t u16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static inline uint64_t u64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return __builtin_bswap64(v); }
static inline uint64_t u32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return __builtin_bswap32(v); }

static inline uint64_t spread(uint64_t x) {
    x = (x ^ x >> 31) * 0x9fb21c651e98df25ULL;
    return x ^ x >> 35;
}

static inline uint64_t slot_of(const struct connection *c) {
    return spread(c->low[0] ^ spread(c->low[1]) ^ spread(c->high[0] + 1) ^ spread(c->high[1] + 2) ^ c->ports) & (slots - 1);
}

static inline int same(const struct connection *a, const struct connection *b) {
    return a->ports == b->ports && a->low[1] == b->low[1] && a->high[1] == b->high[1] && a->low[0] == b->low[0] && a->high[0] == b->high[0];
}

static struct connection *find(const struct connection *key) {
    uint64_t at = slot_of(key);
    while (table[at].packets && !same(&table[at], key)) at = (at + 1) & (slots - 1);
    return &table[at];
}

static void grow(void) {
    struct connection *old = table;
    uint64_t count = slots;
    slots *= 2;
    table = calloc(slots, sizeof *table);
    for (uint64_t i = 0; i < count; i++)
        if (old[i].packets) *find(&old[i]) = old[i];
    free(old);
}

static void keep(struct connection key, uint32_t from, uint32_t to, uint32_t payload) {
    int turned = key.low[0] != key.high[0] ? key.low[0] > key.high[0] : key.low[1] != key.high[1] ? key.low[1] > key.high[1] : from > to;
    if (turned) {
        uint64_t first = key.low[0], second = key.low[1];
        key.low[0] = key.high[0], key.low[1] = key.high[1], key.high[0] = first, key.high[1] = second;
    }
    key.ports = turned ? to << 16 | from : from << 16 | to;
    struct connection *c = find(&key);
    if (!c->packets) {
        if (++connections * 2 > slots) { grow(); c = find(&key); }
        *c = key;
    }
    c->packets++;
    c->bytes += payload;
}

static inline void packet(const uint8_t *p, uint32_t length) {
    packets++;
    if (length < ETHERNET + 20) return;
    uint32_t at = ETHERNET, type = u16(p + 12), protocol, transport, end;
    while ((type == VLAN || type == QINQ) && at + 24 < length) { type = u16(p + at + 2); at += 4; }
    struct connection key = {0};
    if (type == IPV4) {
        if (u16(p + at + 6) & 0x1fff) return;
        protocol = p[at + 9], transport = at + (p[at] & 15) * 4, end = at + u16(p + at + 2);
        key.low[1] = u32(p + at + 12), key.high[1] = u32(p + at + 16);
    } else if (type == IPV6 && at + 40 <= length) {
        protocol = p[at + 6], transport = at + 40, end = transport + u16(p + at + 4);
        key.low[0] = u64(p + at + 8), key.low[1] = u64(p + at + 16), key.high[0] = u64(p + at + 24), key.high[1] = u64(p + at + 32);
    } else return;
    if (end > length) end = length;
    if (protocol == UDP) udp++;
    if (protocol != TCP || transport + 20 > length) return;
    tcp++;
    uint32_t payload = transport + (p[transport + 12] >> 4) * 4;
    sum += p[transport + 13] + u32(p + transport + 4);
    keep(key, u16(p + transport), u16(p + transport + 2), end > payload ? end - payload : 0);
}

static void of_libpcap(uint8_t *none, const struct pcap_pkthdr *header, const uint8_t *bytes) {
    (void) none;
    packet(bytes, header->caplen);
}

static uint32_t native(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }

/* All whole records in the window, which begins with one; how far they reach. */
static size_t records(const uint8_t *b, size_t length, int pcapng) {
    size_t at = 0;
    for (size_t size; at + 16 <= length; at += size) {
        size = pcapng ? native(b + at + 4) : 16 + native(b + at + 8);
        if (size < 12 || at + size > length) break;
        if (!pcapng) packet(b + at + 16, size - 16);
        else if (native(b + at) == 6) packet(b + at + 28, native(b + at + 20));
    }
    return at;
}

static int of_read(const char *name) {
    static uint8_t window[1 << 19];
    int file = open(name, O_RDONLY);
    size_t have = 0, used;
    ssize_t more;
    int begun = 0, pcapng = 0;
    if (file < 0) return 1;
    while ((more = read(file, window + have, sizeof window - have)) > 0) {
        have += more;
        used = 0;
        if (!begun && have >= 24) {
            begun = 1;
            pcapng = native(window) == 0x0a0d0d0a;
            used = pcapng ? 0 : 24;
        }
        if (begun) used += records(window + used, have - used, pcapng);
        memmove(window, window + used, have -= used);
    }
    return more < 0;
}

int main(int count, char **words) {
    char error[256];
    if (count != 3) return 2;
    table = calloc(slots, sizeof *table);
    if (!strcmp(words[1], "pcap")) {
        pcap_t *capture = pcap_open_offline(words[2], error);
        if (!capture || pcap_loop(capture, -1, of_libpcap, NULL) < 0) return 1;
    } else if (of_read(words[2])) return 1;
    printf("packets=%lu tcp=%lu udp=%lu connections=%lu sum=%lx\n", (unsigned long) packets, (unsigned long) tcp, (unsigned long) udp,
           (unsigned long) connections, (unsigned long) sum);
    return 0;
}
