//! What libFuzzer kept is replayed without it.

use std::path::Path;

use laqun_fuzz::TARGETS;

#[test]
fn every_kept_input_holds_its_property() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut folders: Vec<_> = std::fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names, "a folder for each target, and no other");
    for target in TARGETS {
        let inputs: Vec<_> =
            std::fs::read_dir(corpus.join(target.name)).unwrap().map(Result::unwrap).collect();
        assert!(inputs.len() > 10, "{} has too few inputs", target.name);
        for input in inputs {
            println!("{}: {}", target.name, input.path().display());
            (target.run)(&std::fs::read(input.path()).unwrap());
        }
    }
}

#[test]
fn captured_requests_hold_the_properties_of_requests() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/top/tests/fixtures");
    let mut seen = 0;
    for file in std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending == "http") {
            let input = std::fs::read(&file).unwrap();
            for target in
                TARGETS.iter().filter(|target| matches!(target.name, "wire" | "sign" | "multipart" | "batch"))
            {
                println!("{}: {}", target.name, file.display());
                (target.run)(&input);
            }
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} captured requests");
}
