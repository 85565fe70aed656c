package dev.rdptrace.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rdptrace.bytes.Errors;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The functions of libpcap that are needed here, pcap(3PCAP), and poll(2).
///
/// Nothing is called back: an exception that leaves an upcall would end the JVM, and `pcap_next_ex` is as fast.
@SuppressWarnings("restricted")
final class Libpcap {
    static final int ERROR = -1;
    static final int BREAK = -2;
    static final int NO_SUCH_DEVICE = -5;
    static final int PERMISSION_DENIED = -8;
    static final int NOT_UP = -9;
    static final int PROMISCUOUS_DENIED = -11;

    /// All memory, so that an address that libpcap gives can be read without making an object of it.
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final List<String> NAMES = List.of("libpcap.so.1", "libpcap.so.0.8", "libpcap.A.dylib", "libpcap.so");
    private static final int ERROR_BUFFER = 256;
    private static final int NANOSECONDS = 1;
    private static final int ETHERNET = 1;
    private static final int UNKNOWN_NETMASK = 0xffff_ffff;
    private static final short POLLIN = 1;

    private final MethodHandle create;
    private final MethodHandle setSnapLength;
    private final MethodHandle setPromiscuous;
    private final MethodHandle setTimeout;
    private final MethodHandle setBufferSize;
    private final MethodHandle setPrecision;
    private final MethodHandle precision;
    private final MethodHandle activate;
    private final MethodHandle statusText;
    private final MethodHandle errorText;
    private final MethodHandle setNonBlocking;
    private final MethodHandle selectable;
    private final MethodHandle dataLink;
    private final MethodHandle compile;
    private final MethodHandle setFilter;
    private final MethodHandle freeCode;
    private final MethodHandle next;
    private final MethodHandle statistics;
    private final MethodHandle close;
    private final MethodHandle openDead;
    private final MethodHandle findAll;
    private final MethodHandle freeAll;
    private final MethodHandle version;
    private final MethodHandle poll;

    private Libpcap(SymbolLookup library) {
        Linker linker = Linker.nativeLinker();
        MemoryLayout size = linker.canonicalLayouts().get("size_t");
        create = bind(linker, library, "pcap_create", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
        setSnapLength = bind(linker, library, "pcap_set_snaplen", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
        setPromiscuous = bind(linker, library, "pcap_set_promisc", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
        setTimeout = bind(linker, library, "pcap_set_timeout", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
        setBufferSize = bind(linker, library, "pcap_set_buffer_size", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
        setPrecision = bind(linker, library, "pcap_set_tstamp_precision", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
        precision = bind(linker, library, "pcap_get_tstamp_precision", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
        activate = bind(linker, library, "pcap_activate", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
        statusText = bind(linker, library, "pcap_statustostr", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
        errorText = bind(linker, library, "pcap_geterr", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        setNonBlocking = bind(linker, library, "pcap_setnonblock", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS));
        selectable = bind(linker, library, "pcap_get_selectable_fd", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
        dataLink = bind(linker, library, "pcap_datalink", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
        compile = bind(linker, library, "pcap_compile",
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
        setFilter = bind(linker, library, "pcap_setfilter", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
        freeCode = bind(linker, library, "pcap_freecode", FunctionDescriptor.ofVoid(ADDRESS));
        next = bind(linker, library, "pcap_next_ex", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS));
        statistics = bind(linker, library, "pcap_stats", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
        close = bind(linker, library, "pcap_close", FunctionDescriptor.ofVoid(JAVA_LONG));
        openDead = bind(linker, library, "pcap_open_dead", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_INT));
        findAll = bind(linker, library, "pcap_findalldevs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        freeAll = bind(linker, library, "pcap_freealldevs", FunctionDescriptor.ofVoid(JAVA_LONG));
        version = bind(linker, library, "pcap_lib_version", FunctionDescriptor.of(JAVA_LONG));
        poll = bind(linker, linker.defaultLookup(), "poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, size, JAVA_INT));
    }

    private static MethodHandle bind(Linker linker, SymbolLookup library, String name, FunctionDescriptor type) {
        MemorySegment symbol = library.find(name).orElseThrow(() -> new IllegalArgumentException("has no " + name));
        return linker.downcallHandle(symbol, type);
    }

    /// @throws LiveException where there is no libpcap, or one without what is needed
    static Libpcap load() throws LiveException {
        String system = System.getProperty("os.name", "");
        if (system.startsWith("Windows")) {
            throw new LiveException(LiveException.Reason.NO_LIBRARY, "the libpcap reader does not know Windows");
        }
        String why = "none of " + String.join(", ", NAMES) + " can be loaded";
        for (String name : NAMES) {
            try {
                return new Libpcap(SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalCallerException forbidden) {
                throw new LiveException(LiveException.Reason.NO_LIBRARY,
                        "java may not load libraries: start it with --enable-native-access=ALL-UNNAMED");
            } catch (IllegalArgumentException absent) {
                if (Errors.message(absent).startsWith("has no")) {
                    why = name + " is too old: it " + Errors.message(absent);
                }
            }
        }
        throw new LiveException(LiveException.Reason.NO_LIBRARY, "libpcap is not installed: " + why);
    }

    /// `libpcap version 1.10.3 (with TPACKET_V3)`.
    String version() {
        try {
            return text((long) version.invokeExact());
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// An interface to be set up, or 0 with a reason.
    long create(String name, MemorySegment error) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) create.invokeExact(arena.allocateFrom(name), error);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    static MemorySegment errorBuffer(Arena arena) {
        return arena.allocate(ERROR_BUFFER);
    }

    void configure(long handle, int snapLength, boolean promiscuous, int timeoutMillis, int bufferBytes) {
        try {
            int ignored = (int) setSnapLength.invokeExact(handle, snapLength);
            ignored = (int) setPromiscuous.invokeExact(handle, promiscuous ? 1 : 0);
            ignored = (int) setTimeout.invokeExact(handle, timeoutMillis);
            ignored = (int) setBufferSize.invokeExact(handle, bufferBytes);
            // Refused where there are only microseconds.
            ignored = (int) setPrecision.invokeExact(handle, NANOSECONDS);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// 0, a warning above 0, or an error below.
    int activate(long handle) {
        try {
            return (int) activate.invokeExact(handle);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    boolean nanosecond(long handle) {
        try {
            return (int) precision.invokeExact(handle) == NANOSECONDS;
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    String statusText(int status) {
        try {
            return text((long) statusText.invokeExact(status));
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    String errorText(long handle) {
        try {
            return text((long) errorText.invokeExact(handle));
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    boolean doNotBlock(long handle, MemorySegment error) {
        try {
            return (int) setNonBlocking.invokeExact(handle, 1, error) == 0;
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// A file descriptor for poll(2), or -1.
    int selectable(long handle) {
        try {
            return (int) selectable.invokeExact(handle);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// DLT_ number.
    int dataLink(long handle) {
        try {
            return (int) dataLink.invokeExact(handle);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// Sets a filter; empty, or what is wrong with it.
    String filter(long handle, String filter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(16);
            if ((int) compile.invokeExact(handle, program, arena.allocateFrom(filter), 1, UNKNOWN_NETMASK) != 0) {
                return errorText(handle);
            }
            int set = (int) setFilter.invokeExact(handle, program);
            freeCode.invokeExact(program);
            return set == 0 ? "" : errorText(handle);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// Is `filter` one, for Ethernet? Empty, or what is wrong with it. Needs no rights.
    String check(String filter) {
        try (Arena arena = Arena.ofConfined()) {
            long dead = (long) openDead.invokeExact(ETHERNET, LiveOptions.WHOLE_PACKETS);
            MemorySegment program = arena.allocate(16);
            String wrong = "";
            if ((int) compile.invokeExact(dead, program, arena.allocateFrom(filter), 1, UNKNOWN_NETMASK) == 0) {
                freeCode.invokeExact(program);
            } else {
                wrong = errorText(dead);
            }
            close.invokeExact(dead);
            return wrong;
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// 1 with a packet, 0 without, or an error.
    int next(long handle, MemorySegment header, MemorySegment data) {
        try {
            return (int) next.invokeExact(handle, header, data);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    Counters statistics(long handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counted = arena.allocate(24, 4);
            if ((int) statistics.invokeExact(handle, counted) != 0) {
                return Counters.NONE;
            }
            return new Counters(Integer.toUnsignedLong(counted.get(JAVA_INT, 0)), Integer.toUnsignedLong(counted.get(JAVA_INT, 4)),
                    Integer.toUnsignedLong(counted.get(JAVA_INT, 8)));
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    void close(long handle) {
        try {
            close.invokeExact(handle);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// Waits until one of `descriptors` can be read, or `millis` are over.
    void poll(int[] descriptors, int millis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment waiting = arena.allocate(8L * descriptors.length, 4);
            for (int i = 0; i < descriptors.length; i++) {
                waiting.set(JAVA_INT, 8L * i, descriptors[i]);
                waiting.set(JAVA_SHORT, 8L * i + 4, POLLIN);
            }
            int ignored = (int) poll.invokeExact(waiting, (long) descriptors.length, millis);
        } catch (Throwable broken) {
            throw broken(broken);
        }
    }

    /// All interfaces, `struct pcap_if` by `struct pcap_if`.
    List<Interfaces.Interface> interfaces() throws LiveException {
        List<Interfaces.Interface> found = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(ADDRESS);
            MemorySegment error = errorBuffer(arena);
            if ((int) findAll.invokeExact(list, error) != 0) {
                throw new LiveException(LiveException.Reason.OTHER, "interfaces cannot be listed: " + error.getString(0));
            }
            long first = list.get(JAVA_LONG, 0);
            for (long at = first; at != 0; at = MEMORY.get(JAVA_LONG, at)) {
                found.add(new Interfaces.Interface(text(MEMORY.get(JAVA_LONG, at + 8)), text(MEMORY.get(JAVA_LONG, at + 16)),
                        addresses(MEMORY.get(JAVA_LONG, at + 24)), MEMORY.get(JAVA_INT, at + 32)));
            }
            freeAll.invokeExact(first);
        } catch (LiveException said) {
            throw said;
        } catch (Throwable broken) {
            throw broken(broken);
        }
        return List.copyOf(found);
    }

    private static List<String> addresses(long first) throws UnknownHostException {
        boolean bsd = System.getProperty("os.name", "").startsWith("Mac");
        List<String> found = new ArrayList<>();
        for (long at = first; at != 0; at = MEMORY.get(JAVA_LONG, at)) {
            long address = MEMORY.get(JAVA_LONG, at + 8);
            if (address == 0) {
                continue;
            }
            int family = bsd ? MEMORY.get(JAVA_BYTE, address + 1) : MEMORY.get(JAVA_SHORT, address);
            int length = family == 2 ? 4 : family == 10 || family == 30 ? 16 : 0;
            if (length > 0) {
                byte[] bytes = MEMORY.asSlice(address + (length == 4 ? 4 : 8), length).toArray(JAVA_BYTE);
                found.add(InetAddress.getByAddress(bytes).getHostAddress());
            }
        }
        return List.copyOf(found);
    }

    private static String text(long address) {
        return address == 0 ? "" : MEMORY.getString(address, StandardCharsets.UTF_8);
    }

    private static IllegalStateException broken(Throwable call) {
        return new IllegalStateException("a call of libpcap failed", call);
    }
}
