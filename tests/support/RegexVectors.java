// Prints what java.util.regex does with each pattern and value: the vectors of tests/unit/match/java_regex.tsv.
// Usage: java RegexVectors.java < patterns_and_values > java_regex.tsv
// Input: lines "P<TAB>pattern", each followed by its lines "V<TAB>value"; "R<TAB>count<TAB>seed" adds random pairs.
// Text is escaped: \\ for a backslash, \n \r \t, \ u{hex} (without the blank) for anything that is not printable ASCII.
// Output: pattern, value, groups of the first find() as byte offsets in UTF-8 "0-3 1-2 -" or "none" or "refused", and
// whether matches() holds.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;

public class RegexVectors {
    static String unescape(String s) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c != '\\') { out.append(c); continue; }
            c = s.charAt(++i);
            switch (c) {
            case 'n': out.append('\n'); break;
            case 'r': out.append('\r'); break;
            case 't': out.append('\t'); break;
            case 'u': { int end = s.indexOf('}', i); out.appendCodePoint(Integer.parseInt(s.substring(i + 2, end), 16)); i = end; break; }
            default: out.append(c);
            }
        }
        return out.toString();
    }
    static String escape(String s) {
        StringBuilder out = new StringBuilder();
        s.codePoints().forEach(c -> {
            if (c == '\\') out.append("\\\\");
            else if (c == '\n') out.append("\\n");
            else if (c == '\r') out.append("\\r");
            else if (c == '\t') out.append("\\t");
            else if (c < 32 || c > 126) out.append(String.format("\\u{%x}", c));
            else out.append((char) c);
        });
        return out.toString();
    }
    static int bytes(String s, int at) { return s.substring(0, at).getBytes(StandardCharsets.UTF_8).length; }
    static String result(String pattern, String value) {
        Pattern p;
        try { p = Pattern.compile(pattern); } catch (RuntimeException e) { return "refused\t-"; }
        Matcher m = p.matcher(value);
        String groups = "none";
        if (m.find()) {
            StringBuilder b = new StringBuilder();
            for (int g = 0; g <= m.groupCount(); g++) {
                if (g > 0) b.append(' ');
                if (m.start(g) < 0) b.append('-'); else b.append(bytes(value, m.start(g))).append('-').append(bytes(value, m.end(g)));
            }
            groups = b.toString();
        }
        return groups + "\t" + (p.matcher(value).matches() ? "full" : "part");
    }
    static Random random;
    static final String[] atoms = {"a", "b", "c", ".", "\\d", "\\w", "\\s", "[ab]", "[^a]", "[a-c&&[^b]]", "[a[bc]]", "[^a&&[ab]]", "\\p{Alpha}",
        "\\P{Lower}", "[\\w&&[^a]]", "\u00e9", "\\u00e9", "\\x61", "\\Qa.\\E", "\\h", "\\R", "\\b", "\\B", "^", "$", "\\z", "\\Z", "\\A", "[\\d-]", "\\1", "-"};
    static final String[] quantifiers = {"", "", "", "*", "+", "?", "*?", "+?", "??", "*+", "{2}", "{1,2}", "{0,}?"};
    static String randomPattern(int depth) {
        StringBuilder b = new StringBuilder();
        int n = 1 + random.nextInt(4);
        for (int i = 0; i < n; i++) {
            int k = random.nextInt(12);
            String atom;
            if (depth > 0 && k == 0) atom = "(" + randomPattern(depth - 1) + ")";
            else if (depth > 0 && k == 1) atom = "(?:" + randomPattern(depth - 1) + "|" + randomPattern(depth - 1) + ")";
            else if (depth > 0 && k == 2) atom = new String[]{"(?=", "(?!", "(?>", "(?m:", "(?s:", "(?x: ", "(?-s:"}[random.nextInt(7)] + randomPattern(depth - 1) + ")";
            else atom = atoms[random.nextInt(atoms.length)];
            b.append(atom).append(quantifiers[random.nextInt(quantifiers.length)]);
        }
        return b.toString();
    }
    static final String[] letters = {"a", "a", "b", "c", "A", "1", " ", "-", "\n", "\r", "\r\n", "\u00e9", "\u0085", "\u2028", "\ud83d\ude00", "_", "."};
    static String randomValue() {
        StringBuilder b = new StringBuilder();
        for (int n = random.nextInt(7); n > 0; n--) b.append(letters[random.nextInt(letters.length)]);
        return b.toString();
    }
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        String pattern = null;
        for (String line; (line = in.readLine()) != null;) {
            String[] f = line.split("\t", -1);
            if (f[0].equals("P")) pattern = unescape(f[1]);
            else if (f[0].equals("V")) out.println(escape(pattern) + "\t" + escape(unescape(f[1])) + "\t" + result(pattern, unescape(f[1])));
            else if (f[0].equals("R")) {
                random = new Random(Long.parseLong(f[2]));
                for (int i = Integer.parseInt(f[1]); i > 0; i--) {
                    String p = randomPattern(2), v = randomValue();
                    out.println(escape(p) + "\t" + escape(v) + "\t" + result(p, v));
                }
            }
        }
    }
}
