package dev.rdptrace.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// What drives an interface, netdevice(7) and `linux/ethtool.h`. The file system does not tell: /sys may show another
/// network namespace than the one the process is in.
@SuppressWarnings("restricted")
public final class Drivers {
    private static final int INTERNET = 2;
    private static final int DATAGRAM = 2;
    private static final long ETHTOOL = 0x8946;
    private static final int DRIVER_INFO = 3;
    private static final int NAME_SIZE = 16;
    private static final int INFO_SIZE = 196;

    private Drivers() {}

    /// `veth`, `virtio_net`, …; empty where it cannot be found out.
    public static String of(String name) {
        if (!System.getProperty("os.name", "").equals("Linux") || name.getBytes(StandardCharsets.UTF_8).length >= NAME_SIZE) {
            return "";
        }
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle socket = function(linker, "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
            MethodHandle control = function(linker, "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                    Linker.Option.firstVariadicArg(2));
            MethodHandle close = function(linker, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
            int descriptor = (int) socket.invokeExact(INTERNET, DATAGRAM, 0);
            if (descriptor < 0) {
                return "";
            }
            MemorySegment info = arena.allocate(INFO_SIZE, 8);
            info.set(JAVA_INT, 0, DRIVER_INFO);
            MemorySegment request = arena.allocate(40, 8);
            request.setString(0, name);
            request.set(JAVA_LONG, NAME_SIZE, info.address());
            int answer = (int) control.invokeExact(descriptor, ETHTOOL, request);
            int ignored = (int) close.invokeExact(descriptor);
            return answer == 0 ? info.getString(4) : "";
        } catch (Throwable unknown) {
            return "";
        }
    }

    private static MethodHandle function(Linker linker, String name, FunctionDescriptor type, Linker.Option... options) {
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
    }
}
