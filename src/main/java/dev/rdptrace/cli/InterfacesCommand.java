package dev.rdptrace.cli;

import dev.rdptrace.live.Interfaces;
import dev.rdptrace.live.Interfaces.Interface;
import dev.rdptrace.live.LiveException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace interfaces`: what `live -i` takes.
final class InterfacesCommand implements Callable<Integer> {
    private final Console console;

    InterfacesCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("list what can be captured on, with addresses and state");
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        List<Interface> all;
        try {
            all = Interfaces.list();
        } catch (LiveException impossible) {
            throw CaptureAdvice.failure(impossible, "interfaces", List.of());
        }
        int width = all.stream().mapToInt(one -> one.name().length()).max().orElse(0);
        int states = all.stream().mapToInt(one -> one.state().length()).max().orElse(0);
        for (Interface one : all) {
            String addresses = String.join(" ", one.addresses());
            String line = pad(one.name(), width) + "  " + pad(one.state(), states) + "  " + addresses
                    + (one.description().isEmpty() ? "" : (addresses.isEmpty() ? "" : "  ") + "(" + one.description() + ")");
            console.out().println(line.stripTrailing());
        }
        return Exit.ANALYSED.code();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
