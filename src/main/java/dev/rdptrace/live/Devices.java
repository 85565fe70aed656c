package dev.rdptrace.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What Linux knows of an interface, netdevice(7) and `linux/ethtool.h`.
///
/// Java's own `NetworkInterface` does not see interfaces without an address, as those that mirror others are, and /sys
/// may show another network namespace than the one the process is in.
@SuppressWarnings("restricted")
public final class Devices {
    private static final int INTERNET = 2;
    private static final int DATAGRAM = 2;
    private static final long ETHTOOL = 0x8946;
    private static final long FLAGS = 0x8913;
    private static final int UP = 1;
    private static final int DRIVER_INFO = 3;
    private static final int NAME_SIZE = 16;
    private static final int REQUEST_SIZE = 40;
    private static final int INFO_SIZE = 196;

    private static final Optional<Devices> SYSTEM = bind();

    private final MethodHandle socket;
    private final MethodHandle control;
    private final MethodHandle close;
    private final MethodHandle index;

    private Devices(Linker linker) {
        socket = function(linker, "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        control = function(linker, "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                Linker.Option.firstVariadicArg(2));
        close = function(linker, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        index = function(linker, "if_nametoindex", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    private static Optional<Devices> bind() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Devices(Linker.nativeLinker()));
        } catch (RuntimeException notHere) {
            return Optional.empty();
        }
    }

    private static MethodHandle function(Linker linker, String name, FunctionDescriptor type, Linker.Option... options) {
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
    }

    /// The kernel's number of an interface, another one for each that ever had the name; 0 when there is none, or no way to know.
    public static int index(String name) {
        if (SYSTEM.isEmpty()) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            return (int) SYSTEM.get().index.invokeExact(arena.allocateFrom(name));
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }

    public static boolean isUp(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(REQUEST_SIZE, 8);
            return ask(name, FLAGS, request) && (request.get(JAVA_SHORT, NAME_SIZE) & UP) != 0;
        }
    }

    /// `veth`, `virtio_net`, …; empty where it cannot be found out.
    public static String driver(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_SIZE, 8);
            info.set(JAVA_INT, 0, DRIVER_INFO);
            MemorySegment request = arena.allocate(REQUEST_SIZE, 8);
            request.set(JAVA_LONG, NAME_SIZE, info.address());
            return ask(name, ETHTOOL, request) ? info.getString(4) : "";
        }
    }

    /// Fills the name in and asks.
    private static boolean ask(String name, long question, MemorySegment request) {
        if (SYSTEM.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length >= NAME_SIZE) {
            return false;
        }
        request.setString(0, name);
        Devices system = SYSTEM.get();
        try {
            int descriptor = (int) system.socket.invokeExact(INTERNET, DATAGRAM, 0);
            if (descriptor < 0) {
                return false;
            }
            int answer = (int) system.control.invokeExact(descriptor, question, request);
            int ignored = (int) system.close.invokeExact(descriptor);
            return answer == 0;
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }
}
