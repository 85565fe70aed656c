package dev.rdptrace.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

public class CertificateFactsTest {
    /// Made with openssl for this test: P-384, six alternative names, server and Remote Desktop use.
    static final byte[] SELF_SIGNED = Base64.getMimeDecoder().decode("""
            MIICnjCCAiSgAwIBAgIIASNFZ4mrze8wCgYIKoZIzj0EAwIwRjEXMBUGCgmSJomT8ixkARkWB2V4YW1wbGUxFDASBgNVBAoMC0V4
            YW1wbGUgT3JnMRUwEwYDVQQDDAxyZHAxLmV4YW1wbGUwHhcNMjYxMTIzMDgyNDAwWhcNMjcwNjExMDgyNDAwWjBGMRcwFQYKCZIm
            iZPyLGQBGRYHZXhhbXBsZTEUMBIGA1UECgwLRXhhbXBsZSBPcmcxFTATBgNVBAMMDHJkcDEuZXhhbXBsZTB2MBAGByqGSM49AgEG
            BSuBBAAiA2IABDbiJx7AovLcifl4fIJzq/tYQ1irRDuwBi8qqzdDs3M+6SqmNmJUDmaNaH0UQIvaWtzLMka4Hhk0FDKshDyWxbv/
            Fwt8JQZS1w4z92U3y/8Xyeex2qdlHQ4GU8udA08lLaOB3jCB2zAdBgNVHQ4EFgQUvGERv8mMki/g2DjI/PfsnEUs3FUwHwYDVR0j
            BBgwFoAUvGERv8mMki/g2DjI/PfsnEUs3FUwDwYDVR0TAQH/BAUwAwEB/zBnBgNVHREEYDBeggxyZHAxLmV4YW1wbGWCDSoucmRw
            LmV4YW1wbGWHBMAAAgeHECABDbgAAAAAAAAAAAAAAAeBEWFkbWluQHJkcC5leGFtcGxlhhRodHRwczovL3JkcC5leGFtcGxlLzAf
            BgNVHSUEGDAWBggrBgEFBQcDAQYKKwYBBAGCNzYBAjAKBggqhkjOPQQDAgNoADBlAjEAlTI9/Ax5yMU6/we/Z47mbFDHgENlnowG
            hteV8hH9o/o2nO8XnHX6Da+QxrfnmS/wAjBVoQp0juAMZgDuiwieJ27NoXb7s0jT/BWpE8Y1B0T9Y3J70Ec0k6PYTtCMK3mAFf8=
            """);
    /// RSA of 1024 bits, SHA-1.
    private static final byte[] WEAK = Base64.getMimeDecoder().decode("""
            MIIB7TCCAVagAwIBAgIBATANBgkqhkiG9w0BAQUFADASMRAwDgYDVQQDDAdXSU4tT0xEMB4XDTI2MTEyMzA4MjQwMVoXDTI3MDYx
            MTA4MjQwMVowEjEQMA4GA1UEAwwHV0lOLU9MRDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA0nanZ4ZwLyad/N2nrOFr8fnJ
            9vZxDDFM25zv8hHzK+fwpUb7bQdv+OhPxsXZX63NnWRV15hdNVwM2E5+Mje/7qt+nkmzRBtJzVjqb52q+Nfe+Rwlw2kCX2evtXYI
            hWO+SsW3y2UZnp9B5Xyh8cTGBRsuK6mKakUcQDA2i6rEZk8CAwEAAaNTMFEwHQYDVR0OBBYEFDTOWWPXLd7mSf3Qy7Ru7+CHDrFe
            MB8GA1UdIwQYMBaAFDTOWWPXLd7mSf3Qy7Ru7+CHDrFeMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQEFBQADgYEAnt5rV27a
            BvFenLwhl1NeqSh2+IKTu3UjGO+o3lQjCtla2xX7r//Mwky7hUqVfPmWA9VLQngbOD67oHXgQywVZaRzgapyxcuteWUJmkXUmXfR
            UCAndyOEv//iix7oHjXPuZ0yuIFsbQZEsXqs7gJEDqq8BaVSXHL29SIav5u1dZ4=
            """);

    /// Ed25519, no subject, one alternative name; of openssl, too.
    private static final byte[] NAMED_ASIDE = Base64.getMimeDecoder().decode("""
            MIIBLTCB4KADAgECAhQnT11NIkZkHMXiTfAqLbxkzvBUczAFBgMrZXAwADAeFw0yNjExMzAwODEyMTZaFw0zNTAyMTYwODEyMTZaMAAw
            KjAFBgMrZXADIQBc+qzgUJ6Rs6OJtpF8sYhdMPfOiY6OkiC4oZm0BvAiO6NsMGowHQYDVR0OBBYEFGv/Phl3QpqzfschMnNzlZwreWYd
            MB8GA1UdIwQYMBaAFGv/Phl3QpqzfschMnNzlZwreWYdMA8GA1UdEwEB/wQFMAMBAf8wFwYDVR0RBBAwDoIMcmRwMi5leGFtcGxlMAUG
            AytlcANBAOOtFUsvdbQdnjfzJ1iLvJwO2WzT1RKImRF9O+Xrag7h6ow2ZzSrGmXF6byBeBZiAl8wDgGf2sBEh2VHLPIGNAc=
            """);

    /// The same with an algorithm that nobody knows yet, 1.3.101.127.
    public static byte[] unheardOf() {
        byte[] der = NAMED_ASIDE.clone();
        for (int i = 0; i + 2 < der.length; i++) {
            if (der[i] == 0x2b && der[i + 1] == 0x65 && der[i + 2] == 0x70) {
                der[i + 2] = 0x7f;
            }
        }
        return der;
    }

    @Test
    void aCertificateWithoutACommonNameAndAKeyWithoutASizeAreNamedAllTheSame() {
        CertificateFacts facts = CertificateFacts.of(unheardOf()).orNull();
        assertThat(facts.commonName()).isEmpty();
        assertThat(facts.holder()).isEqualTo("rdp2.example");
        assertThat(facts.authority()).isEqualTo("nobody by name");
        assertThat(facts.key()).isEqualTo("1.3.101.127");
        assertThat(CertificateFacts.of(NAMED_ASIDE).orNull().key()).isEqualTo("Ed25519 256 bits");
        assertThat(CertificateFacts.of(WEAK).orNull().key()).isEqualTo("RSA 1024 bits");
    }

    @Test
    void everythingOpensslSaysIsSaid() {
        CertificateFacts facts = CertificateFacts.of(SELF_SIGNED).orNull();
        assertThat(facts.subject()).isEqualTo("CN=rdp1.example, O=Example Org, DC=example");
        assertThat(facts.commonName()).isEqualTo("rdp1.example");
        assertThat(facts.issuerCommonName()).isEqualTo("rdp1.example");
        assertThat(facts.serial()).isEqualTo("123456789abcdef");
        assertThat(facts.notBefore()).isEqualTo(1795422240L);
        assertThat(facts.notAfter()).isEqualTo(1812702240L);
        assertThat(facts.subjectAltNames()).containsExactly("rdp1.example", "*.rdp.example", "IP:192.0.2.7",
                "IP:2001:db8:0:0:0:0:0:7", "email:admin@rdp.example", "URI:https://rdp.example/");
        assertThat(facts.extendedKeyUsages()).containsExactly("serverAuth", "remoteDesktopAuthentication");
        assertThat(facts.keyAlgorithm()).isEqualTo("EC");
        assertThat(facts.keyBits()).isEqualTo(384);
        assertThat(facts.curve()).isEqualTo("secp384r1");
        assertThat(facts.signatureAlgorithm()).isEqualTo("ecdsaWithSha256");
        assertThat(facts.selfSigned()).isTrue();
        assertThat(facts.isCa()).isTrue();
        assertThat(facts.sha256()).isEqualTo("19f5bf8562f54ea2bfb4c1f573aa6c24a71d2cadde0dd413c8b732afaae78b90");
        assertThat(facts.sha1()).isEqualTo("f648370af8e665fee34334f08147a35130e4f78c");
        assertThat(facts.length()).isEqualTo(SELF_SIGNED.length);
    }

    @Test
    void shortKeysAndOldHashesAreWeak() {
        CertificateFacts facts = CertificateFacts.of(WEAK).orNull();
        assertThat(facts.keyAlgorithm()).isEqualTo("RSA");
        assertThat(facts.keyBits()).isEqualTo(1024);
        assertThat(facts.signatureAlgorithm()).isEqualTo("sha1WithRSAEncryption");
    }

    @Test
    void hugeOnesAreRefused() {
        assertThat(CertificateFacts.of(new byte[70_000])).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void everyPrefixIsBroken() {
        for (int length = 0; length < SELF_SIGNED.length; length++) {
            assertThat(CertificateFacts.of(Arrays.copyOf(SELF_SIGNED, length))).isInstanceOf(Decoded.Broken.class);
        }
    }

    @Test
    void noMutationThrows() {
        SplittableRandom random = new SplittableRandom(5);
        int readable = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] der = (i % 2 == 0 ? SELF_SIGNED : WEAK).clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                der[random.nextInt(der.length)] = (byte) random.nextInt();
            }
            if (CertificateFacts.of(der) instanceof Decoded.Complete) {
                readable++;
            }
        }
        assertThat(readable).isGreaterThan(10_000);
    }
}
