package dev.rdptrace.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What this process may do, and how it gives that up once its handles are open: capabilities(7), seccomp(2), prctl(2). Linux
/// only; elsewhere nothing is held back and nothing is said.
///
/// A packet comes from a stranger. Whoever finds a mistake in the code that reads it gets what that code may do.
@SuppressWarnings("restricted")
public final class Rights {
    private static final int NET_RAW = 13;
    private static final Map<Integer, String> NAMES = Map.of(NET_RAW, "CAP_NET_RAW", 12, "CAP_NET_ADMIN");
    private static final int SET_DUMPABLE = 4;
    private static final int SET_KEEP_CAPABILITIES = 8;
    private static final int SET_NO_NEW_PRIVILEGES = 38;
    private static final int AMBIENT = 47;
    private static final int CLEAR_ALL = 4;
    private static final int CAPABILITY_VERSION = 0x20080522;
    private static final Map<String, Long> SECCOMP = Map.of("amd64", 317L, "aarch64", 277L);
    private static final int FILTER = 1;
    private static final int ALL_THREADS = 1;
    private static final short RETURN = 6;
    private static final int ALLOW = 0x7fff0000;
    private static final int NOBODY = 65534;

    /// Somebody on this machine.
    public record User(String name, int id, int group) {}

    private static volatile boolean given;

    private Rights() {}

    /// Who `live` becomes when it was started by root.
    ///
    /// @param name of a user, or his number; empty for the one who called sudo(8), or else nobody
    /// @return empty where there is no such user
    public static Optional<User> user(String name, Map<String, String> environment) {
        String sudo = environment.getOrDefault("SUDO_UID", "0");
        String group = environment.getOrDefault("SUDO_GID", "");
        if (name.isEmpty() && sudo.matches("[1-9]\\d{0,8}") && group.matches("\\d{1,9}")) {
            return Optional.of(new User(environment.getOrDefault("SUDO_USER", sudo), Integer.parseInt(sudo), Integer.parseInt(group)));
        }
        String wanted = name.isEmpty() ? "nobody" : name;
        if (wanted.matches("\\d{1,9}")) {
            return Optional.of(new User(wanted, Integer.parseInt(wanted), Integer.parseInt(wanted)));
        }
        try (Arena arena = Arena.ofConfined()) {
            // struct passwd: name, password, user, group
            MethodHandle lookUp = function("getpwnam", FunctionDescriptor.of(ADDRESS, ADDRESS));
            MemorySegment found = (MemorySegment) lookUp.invokeExact(arena.allocateFrom(wanted));
            if (found.address() != 0) {
                MemorySegment entry = found.reinterpret(24);
                return Optional.of(new User(wanted, entry.get(JAVA_INT, 16), entry.get(JAVA_INT, 20)));
            }
            return name.isEmpty() ? Optional.of(new User(wanted, NOBODY, NOBODY)) : Optional.empty();
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }

    public static boolean isRoot() {
        return isLinux() && status("Uid").startsWith("0\t");
    }

    /// Is this somebody who was root when the program was started?
    public static boolean wereRoots() {
        return given;
    }

    /// Becomes `user` in all threads, for good: the C library tells the others, and who is not root any more loses all capabilities.
    ///
    /// @param reopens this thread keeps the one that opening an interface takes, for one that goes away and comes back
    /// @throws IOException when the system does not let it
    public static void become(User user, boolean reopens) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            FunctionDescriptor three = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
            prctl(SET_KEEP_CAPABILITIES, reopens ? 1 : 0);
            MethodHandle groups = function("setgroups", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
            if ((int) groups.invokeExact(0L, MemorySegment.NULL) != 0
                    || (int) function("setresgid", three).invokeExact(user.group, user.group, user.group) != 0
                    || (int) function("setresuid", three).invokeExact(user.id, user.id, user.id) != 0) {
                throw new IOException("the system does not let it become " + user.name);
            }
            given = true;
            if (reopens) {
                MemorySegment header = arena.allocateFrom(JAVA_INT, CAPABILITY_VERSION, 0);
                // effective, permitted and inheritable, for the first 32 and for the others
                MemorySegment kept = arena.allocateFrom(JAVA_INT, 1 << NET_RAW, 1 << NET_RAW, 0, 0, 0, 0);
                int _ = (int) function("capset", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)).invokeExact(header, kept);
            }
        } catch (IOException refused) {
            throw refused;
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }

    /// Nothing that is started from here gets more than this process has, by no thread: a filter that lets all pass takes the
    /// promise along to the others. Nor do commands get capabilities that this process was given to capture.
    public static void noMore() {
        if (!isLinux()) {
            return;
        }
        prctl(AMBIENT, CLEAR_ALL);
        prctl(SET_NO_NEW_PRIVILEGES, 1);
        Long number = SECCOMP.get(System.getProperty("os.arch", ""));
        if (number == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(8, 8);
            one.set(JAVA_SHORT, 0, RETURN);
            one.set(JAVA_INT, 4, ALLOW);
            MemorySegment program = arena.allocate(16, 8);
            program.set(JAVA_SHORT, 0, (short) 1);
            program.set(ADDRESS, 8, one);
            long _ = (long) function("syscall", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS), 1)
                    .invokeExact((long) number, FILTER, ALL_THREADS, program);
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }

    /// Keys lie in memory: no other process of this user may look there, and no dump is written of it.
    public static void hideMemory() {
        if (isLinux()) {
            prctl(SET_DUMPABLE, 0);
        }
    }

    /// What this thread may do beyond what any user may, for people; empty where the system has no capabilities.
    public static Optional<String> held() {
        if (!isLinux()) {
            return Optional.empty();
        }
        long effective = Long.parseUnsignedLong(status("CapEff"), 16);
        if (Long.bitCount(effective) > 8) {
            return Optional.of("all rights of root");
        }
        List<String> held = new ArrayList<>();
        for (int i = 0; i < Long.SIZE; i++) {
            if ((effective >>> i & 1) == 1) {
                held.add(NAMES.getOrDefault(i, "capability " + i));
            }
        }
        return Optional.of(held.isEmpty() ? "no rights but those of a user" : String.join(" and ", held) + " only");
    }

    /// A line of proc_pid_status(5) on the calling thread.
    private static String status(String key) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            return lines.filter(line -> line.startsWith(key + ":")).map(line -> line.substring(key.length() + 1).strip()).findFirst()
                    .orElse("0");
        } catch (IOException hidden) {
            return "0";
        }
    }

    private static boolean isLinux() {
        return System.getProperty("os.name", "").equals("Linux");
    }

    private static void prctl(int what, int value) {
        try {
            int _ = (int) function("prctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), 1)
                    .invokeExact(what, (long) value, 0L, 0L, 0L);
        } catch (Throwable broken) {
            throw new IllegalStateException("a system call failed", broken);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type, int... variadic) {
        Linker.Option[] options = IntStream.of(variadic).mapToObj(Linker.Option::firstVariadicArg).toArray(Linker.Option[]::new);
        return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().find(name).orElseThrow(), type, options);
    }
}
