package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.HResult;
import dev.rdptrace.wire.field.Status;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import dev.rdptrace.wire.share.ErrorInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The codes that peers gave for what they did.
public final class Reasons {
    private Reasons() {}

    /// Every code of `attempt` that says why.
    public static List<Code> of(Attempt attempt) {
        AuthenticationFacts authentication = attempt.authentication();
        List<Code> codes = new ArrayList<>();
        if (authentication.status() != 0) {
            codes.add(Status.of(authentication.status()));
        }
        if (authentication.kerberosError() >= 0) {
            codes.add(new KerberosError(authentication.kerberosError()));
        }
        if (authentication.result() != 0) {
            codes.add(authentication.mechanism() == AuthenticationFacts.Mechanism.RDSTLS
                    ? new RdstlsResult(authentication.result()) : new HResult(authentication.result()));
        }
        if (attempt.inner().error().code() > 0) {
            codes.add(new ErrorInfo(attempt.inner().error().code()));
        }
        if (attempt.tunnel().refused().error() != 0) {
            codes.add(attempt.tunnel().gatewayError());
        }
        return List.copyOf(codes);
    }

    /// What a code asks for comes before what its kind of failure asks for in general.
    static List<String> fixes(Finding verdict, List<String> general) {
        return Stream.concat(verdict.reason().map(Code::advice).filter(advice -> !advice.isEmpty()).stream(), general.stream()).toList();
    }
}
