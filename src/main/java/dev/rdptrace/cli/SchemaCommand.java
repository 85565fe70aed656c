package dev.rdptrace.cli;

import dev.rdptrace.report.JsonReport;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace schema`: what programs may rely on in a JSON report.
final class SchemaCommand implements Callable<Integer> {
    private final Console console;

    SchemaCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("print the JSON schema of the report");
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() throws IOException {
        try (InputStream schema = JsonReport.class.getResourceAsStream("/dev/rdptrace/report-schema.json")) {
            schema.transferTo(console.out());
        }
        return Exit.ANALYSED.code();
    }
}
