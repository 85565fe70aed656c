package dev.rdptrace.diagnosis.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateNamesTest {
    @Test
    void aTownIsNoInspectionProduct() {
        for (String issuer : List.of("CN=Palo Alto, O=City of Palo Alto", "CN=CA, O=VMware, ST=California, L=Palo Alto",
                "CN=Palo Alto Medical CA",
                "CN=CA, L=Palo Alto Networks Way, O=Contoso", "CN=Burpengary State School", "CN=kubernetes-front-proxy-ca",
                "CN=Checkpoint Charlie Museum")) {
            assertThat(CertificateNames.interceptor(List.of(issuedBy(issuer)))).as(issuer).isEmpty();
        }
    }

    @Test
    void aProductIsKnownByItsOwnName() {
        for (String issuer : List.of("CN=PortSwigger CA, OU=PortSwigger CA, O=PortSwigger",
                "CN=fw01, O=Palo Alto Networks\\, Inc., L=Santa Clara",
                "CN=DO_NOT_TRUST_FiddlerRoot, O=DO_NOT_TRUST", "CN=FGT60F, O=Fortinet",
                "O=Zscaler Inc., CN=Zscaler Intermediate Root CA")) {
            assertThat(CertificateNames.interceptor(List.of(issuedBy(issuer)))).as(issuer).isPresent();
        }
    }

    private static CertificateFacts issuedBy(String issuer) {
        return new CertificateFacts("CN=HOST5", "HOST5", issuer, "", "01", 0, 0, List.of(), "RSA", 2048, "", "", false, false, List.of(),
                "", "", 900);
    }
}
