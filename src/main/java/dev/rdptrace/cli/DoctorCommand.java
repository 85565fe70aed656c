package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.live.Doctor;
import dev.rdptrace.live.Interfaces;
import dev.rdptrace.live.LiveException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace doctor`: what is installed, permitted and missing for capturing here.
final class DoctorCommand implements Callable<Integer> {
    private static final int NET_ADMIN = 12;
    private static final int NET_RAW = 13;

    private final Console console;
    private boolean libraryMissing;
    private boolean rightsMissing;

    DoctorCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("tell what is installed, permitted and missing for capturing here");
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        say("ok", "rdptrace", Version.line().substring("rdptrace ".length()) + ", Java " + System.getProperty("java.version") + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        rights();
        List<Doctor.Check> readers = Doctor.readers();
        boolean works = false;
        for (Doctor.Check check : readers) {
            say(check.works() ? "ok" : "no", check.what(), check.detail());
            works |= check.works();
            libraryMissing |= !check.works() && check.detail().contains("not installed");
            rightsMissing |= !check.works() && check.detail().startsWith("no right");
        }
        interfaces();
        neighbour("dumpcap", "captures for rdptrace without rights of its own");
        neighbour("tshark", "shows what the annotated captures say");
        neighbour("tcpdump", "captures for rdptrace over ssh");
        temporary();
        if (libraryMissing) {
            CaptureAdvice.library().forEach(console.out()::println);
        }
        if (rightsMissing) {
            CaptureAdvice.rights("live -i any", List.of("any")).forEach(console.out()::println);
        }
        console.out().println(works ? "Capturing works here." : "Capturing does not work here.");
        return (works ? Exit.ANALYSED : Exit.CAPTURE_IMPOSSIBLE).code();
    }

    private void rights() {
        Optional<Long> effective = capabilities();
        if (effective.isEmpty()) {
            return;
        }
        boolean raw = (effective.get() >>> NET_RAW & 1) == 1;
        boolean admin = (effective.get() >>> NET_ADMIN & 1) == 1;
        say(raw ? "ok" : "no", "rights", "user " + System.getProperty("user.name") + ", CAP_NET_RAW " + (raw ? "held" : "missing")
                + ", CAP_NET_ADMIN " + (admin ? "held" : "missing (needed by some drivers for promiscuous mode only)"));
    }

    /// Effective capabilities of this process, where the system has them.
    private static Optional<Long> capabilities() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    return Optional.of(Long.parseUnsignedLong(line.substring(7).strip(), 16));
                }
            }
        } catch (IOException | NumberFormatException elsewhere) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private void interfaces() {
        try {
            List<Interfaces.Interface> all = Interfaces.list();
            List<String> up = all.stream().filter(Interfaces.Interface::isUp).map(Interfaces.Interface::name).toList();
            say(up.isEmpty() ? "no" : "ok", "interfaces", up.isEmpty() ? "none is up" : "up: " + String.join(", ", up));
        } catch (LiveException impossible) {
            say("no", "interfaces", Errors.message(impossible));
        }
    }

    private void neighbour(String program, String use) {
        List<Path> found = new ArrayList<>();
        for (String folder : console.environment().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (!folder.isEmpty()) {
                Path path = Path.of(folder, program);
                if (Files.exists(path)) {
                    found.add(path);
                }
            }
        }
        if (found.isEmpty()) {
            say("--", program, "not installed; " + use);
        } else {
            Path first = found.getFirst();
            say(Files.isExecutable(first) ? "ok" : "no", program, first + (Files.isExecutable(first) ? "" : ", but not for this user"));
        }
    }

    /// JNA unpacks a library there and loads it; the other reader does not care.
    private void temporary() {
        Path folder = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        try {
            Path script = Files.createTempFile(folder, "rdptrace", ".sh");
            try {
                Files.writeString(script, "#!/bin/sh\nexit 0\n");
                boolean runs = script.toFile().setExecutable(true) && new ProcessBuilder(script.toString()).start().waitFor() == 0;
                say(runs ? "ok" : "no", "temporary folder", folder + (runs ? "" : " does not allow programs; pcap4j needs that"));
            } finally {
                Files.delete(script);
            }
        } catch (IOException mounted) {
            say("no", "temporary folder", folder + " does not allow programs (mounted noexec?): the pcap4j reader needs that, the other"
                    + " does not");
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
    }

    private void say(String state, String what, String detail) {
        console.out().println(state + "  " + what + " ".repeat(Math.max(1, 18 - what.length())) + detail);
    }
}
