import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.ExportUserLoginInfoNewRequest;
import com.huaweicloud.sdk.workspace.v2.model.ExportUserLoginInfoNewResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;

/**
 * Exports connection records with the vendor's Java SDK, in a version that still hands the body over.
 *
 * <pre>
 * export HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
 * mvn -q compile exec:java -Dexec.args="connections.xlsx start_time=2020-04-13T01:59Z language=en_US"
 * </pre>
 */
public class Export {
    public static void main(String[] arguments) throws IOException {
        Path output = Path.of(arguments[0]);
        ExportUserLoginInfoNewRequest request = new ExportUserLoginInfoNewRequest();
        for (int i = 1; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            filter(request, pair[0], pair[1]);
        }
        BasicCredentials credentials = new BasicCredentials()
                .withAk(System.getenv("HUAWEICLOUD_SDK_AK"))
                .withSk(System.getenv("HUAWEICLOUD_SDK_SK"))
                .withProjectId(System.getenv("LEDGER_PROJECT"));
        WorkspaceClient client = WorkspaceClient.newBuilder()
                .withCredential(credentials)
                .withEndpoints(Collections.singletonList(System.getenv("LEDGER_URL")))
                .build();
        try {
            save(client.exportUserLoginInfoNew(request), output);
        } catch (ServiceResponseException error) {
            System.err.printf("%d %s: %s (request %s)%n", error.getHttpStatusCode(), error.getErrorCode(),
                    error.getErrorMsg(), error.getRequestId());
            System.exit(1);
        }
    }

    /** An export that breaks off is an exception here, and its file never gets its name. */
    private static void save(ExportUserLoginInfoNewResponse response, Path output) throws IOException {
        Path partial = Path.of(output + ".part");
        try {
            response.consumeDownloadStream(body -> {
                try {
                    Files.copy(body, partial, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
            Files.move(partial, output, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static void filter(ExportUserLoginInfoNewRequest request, String name, String value) {
        switch (name) {
            case "start_time":
                request.setStartTime(value);
                break;
            case "end_time":
                request.setEndTime(value);
                break;
            case "user_name":
                request.setUserName(value);
                break;
            case "computer_name":
                request.setComputerName(value);
                break;
            case "terminal_type":
                request.setTerminalType(value);
                break;
            case "language":
                request.setLanguage(value);
                break;
            default:
                throw new IllegalArgumentException("the SDK knows no filter " + name);
        }
    }
}
