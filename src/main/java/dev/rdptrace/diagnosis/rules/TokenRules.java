package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_AFTER_CKE_EPHEMERAL;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.field.HResult;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import dev.rdptrace.wire.x224.Protocols;
import java.util.List;

/// Authentication that is not CredSSP: RDSTLS after a redirection ([MS-RDPBCGR] 2.2.17) and tokens of Microsoft Entra ID (2.2.18).
public final class TokenRules {
    public static final Signature RDSTLS_AUTH_FAILED = signature("rdstls-auth-failed", in(Phase.RDSTLS), by(Culprit.SERVER));
    public static final Signature AAD_AUTH_FAILED = signature("aad-auth-failed", in(Phase.AAD), by(Culprit.SERVER));
    public static final Signature AAD_NO_NONCE = signature("aad-no-nonce", in(Phase.AAD, Phase.TLS), by(Culprit.SERVER));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.SHAPE, TokenRules::rdstls, RDSTLS_AUTH_FAILED),
                rule(Weight.SHAPE, TokenRules::entra, AAD_AUTH_FAILED, AAD_NO_NONCE).outranking(TLS_AFTER_CKE_EPHEMERAL));
    }

    private TokenRules() {}

    private static Answer rdstls(Case c) {
        int result = c.attempt().authentication().result();
        RdstlsResult code = new RdstlsResult(result);
        boolean ended = c.reached(Step.RDSTLS_RESULT) && !c.reached(Step.CONNECT_INITIAL) && !c.ending().nobody();
        if (!ended && !(c.reached(Step.RDSTLS_RESULT) && result != 0)) {
            return CLEAR;
        }
        return new Found(c.failed(RDSTLS_AUTH_FAILED, Culprit.SERVER, result != 0 ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                "the server refused the redirected credentials" + (result != 0 ? " with " + StatusCodes.says(code) : "")).because(code)
                .at(c.at(Step.RDSTLS_RESULT)));
    }

    private static Answer entra(Case c) {
        if (c.reached(Step.CONNECT_INITIAL) || !c.selected().has(Protocols.RDSAAD) || !c.reached(Step.TLS_DONE) || c.ending().nobody()) {
            return CLEAR;
        }
        int result = c.attempt().authentication().result();
        if (c.reached(Step.AAD_RESULT)) {
            return new Found(c.failed(AAD_AUTH_FAILED, Culprit.SERVER, result != 0 ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                    "the server refused the Entra ID sign-in" + (result != 0 ? " with " + StatusCodes.says(new HResult(result)) : ""))
                    .because(new HResult(result)).at(c.at(Step.AAD_RESULT)));
        }
        if (!c.reached(Step.AAD_NONCE) && !c.ending().byClient()) {
            return new Found(c.failed(AAD_NO_NONCE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the server chose Entra ID authentication and never sent its nonce"));
        }
        return CLEAR;
    }
}
