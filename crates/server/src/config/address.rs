//! Addresses among the settings: the public one in its one spelling, the database's never printed.

/// Where the database is; it may carry a password, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes an address as it was given.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// A public address as browsers write an origin: scheme and host in lower case, no port where it is the scheme's own.
/// The error says what is wrong with it.
pub fn origin(text: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "such as https://laqun.example.com, without a slash at the end";
    let (scheme, host) = text.split_once("://").ok_or(SHAPE)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(SHAPE);
    }
    if host.contains('@') {
        return Err("without user name and password");
    }
    // The parser below would drop blanks silently, and take `\` for `/`.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("without blanks");
    }
    if host.contains(['/', '\\', '?', '#']) {
        return Err("scheme, host and port only, without path, query and a slash at the end");
    }
    let url = url::Url::parse(text).map_err(|_| SHAPE)?;
    if url.port() == Some(0) {
        return Err("with a port that can be reached");
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for (text, normal) in [
            ("https://laqun.example.com", "https://laqun.example.com"),
            ("HTTPS://Laqun.Example.COM:443", "https://laqun.example.com"),
            ("http://192.168.1.2:80", "http://192.168.1.2"),
            ("http://192.168.1.2:7700", "http://192.168.1.2:7700"),
            ("http://[::1]:7700", "http://[::1]:7700"),
            ("http://群.example", "http://xn--7t0a.example"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(normal), "{text}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "laqun.example.com",
            "ftp://laqun.example.com",
            "https://",
            "https://laqun.example.com/",
            "https://laqun.example.com/laqun",
            "https://laqun.example.com?a=1",
            "https://laqun.example.com#a",
            "https://user@laqun.example.com",
            "https://user:password@laqun.example.com",
            " https://laqun.example.com",
            "https://laqun.example.com ",
            "https://laqun.exa\tmple.com",
            "https:\\\\laqun.example.com",
            "https:///laqun.example.com",
            "https://laqun.example.com:http",
            "https://laqun.example.com:99999",
            "https://laqun.example.com:0",
        ] {
            assert!(origin(text).is_err(), "{text:?}: {:?}", origin(text));
        }
    }

    #[test]
    fn the_address_of_the_database_is_not_printed() {
        let url = DatabaseUrl::new("postgres://laqun:topsecret@db/laqun");
        assert!(!format!("{url:?}").contains("topsecret"));
        assert_eq!(url.as_str(), "postgres://laqun:topsecret@db/laqun");
    }
}
