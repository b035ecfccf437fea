//! The tree against a slow model, against `ct-merkle`, and against the vectors that RFC 6962's authors publish.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;

use super::*;

/// Leaves and roots of the reference implementation's own tests.
const VECTOR: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

#[test]
fn roots_are_those_of_the_published_vectors() {
    let mut tree = Tree::default();
    assert_eq!(tree.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (leaf, root) in VECTOR {
        tree.push(Digest::leaf(&bytes(leaf)));
        assert_eq!(tree.root().to_string(), root);
    }
}

#[test]
fn proofs_are_those_of_the_published_vectors() {
    let mut tree = Tree::default();
    VECTOR.iter().for_each(|(leaf, _)| tree.push(Digest::leaf(&bytes(leaf))));
    let proof: Vec<String> = tree.inclusion(5, 8).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        proof,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    let proof: Vec<String> = tree.consistency(6, 8).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        proof,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn sizes_that_the_tree_never_had_are_refused() {
    let tree = grown(3);
    assert_eq!(tree.root_at(4), Err(OutOfTree { size: 3, asked: 4 }));
    assert_eq!(tree.inclusion(3, 3), Err(OutOfTree { size: 3, asked: 3 }));
    assert_eq!(tree.consistency(3, 2), Err(OutOfTree { size: 2, asked: 3 }));
    assert_eq!(tree.consistency(0, 3), Ok(vec![]));
}

#[test]
fn an_empty_log_is_the_start_of_every_log_and_nothing_else_is_empty() {
    let tree = grown(3);
    let newer = (3, tree.root());
    assert_eq!(verify_consistency((0, Digest::of(b"")), newer, &[]), Ok(()));
    assert_eq!(verify_consistency((0, Digest::ZERO), newer, &[]), Err(NotProven));
    assert_eq!(verify_consistency((0, Digest::of(b"")), newer, &[Digest::ZERO]), Err(NotProven));
}

#[test]
fn every_size_around_a_tile_has_the_root_of_the_slow_model() {
    let leaves: Vec<Digest> = (0..700_u32).map(leaf).collect();
    let tree = grown(700);
    for size in (0..20).chain(250..262).chain(505..520).chain(695..=700) {
        assert_eq!(tree.root_at(size).unwrap(), model(&leaves[..size as usize]), "{size}");
    }
}

#[test]
fn a_tile_of_the_upper_level_holds_the_roots_of_full_tiles() {
    let leaves: Vec<Digest> = (0..700_u32).map(leaf).collect();
    let tree = grown(700);
    assert_eq!(tree.tile(1, 0, 700), [model(&leaves[..256]), model(&leaves[256..512])]);
    assert_eq!(tree.tile(1, 0, 511), [model(&leaves[..256])]);
    assert_eq!(tree.tile(0, 2, 700), &leaves[512..]);
    assert_eq!(tree.tile(0, 3, 700), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: trials(64), ..ProptestConfig::default() })]

    #[test]
    fn proofs_are_those_of_ct_merkle_and_verify(size in 1_u64..600, older in 1_u64..600, index in 0_u64..600) {
        let (older, index) = (older.min(size), index % size);
        let tree = grown(size as u32);
        let mut reference = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        (0..size as u32).for_each(|number| reference.push(number.to_le_bytes().to_vec()));
        let root = (size, tree.root());
        prop_assert_eq!(&Digest::from_bytes((*reference.root().as_bytes()).into()), &root.1);

        let inclusion = tree.inclusion(index, size).unwrap();
        prop_assert_eq!(concatenated(&inclusion), reference.prove_inclusion(index as usize).as_bytes().to_vec());
        let line = (index as u32).to_le_bytes();
        prop_assert_eq!(verify_inclusion(&line, index, &inclusion, root), Ok(()));
        prop_assert_eq!(verify_inclusion(b"other", index, &inclusion, root), Err(NotProven));

        let consistency = tree.consistency(older, size).unwrap();
        prop_assert_eq!(
            concatenated(&consistency), reference.prove_consistency((size - older) as usize).as_bytes().to_vec());
        let old = (older, tree.root_at(older).unwrap());
        prop_assert_eq!(verify_consistency(old, root, &consistency), Ok(()));
        prop_assert_eq!(verify_consistency((older, Digest::of(b"forged")), root, &consistency), Err(NotProven));
    }

    #[test]
    fn a_changed_proof_proves_nothing(size in 2_u64..300, index in 0_u64..300, change in any::<prop::sample::Index>()) {
        let index = index % size;
        let tree = grown(size as u32);
        let mut proof = tree.inclusion(index, size).unwrap();
        let place = change.index(proof.len());
        proof[place] = Digest::of(b"changed");
        let line = (index as u32).to_le_bytes();
        prop_assert_eq!(verify_inclusion(&line, index, &proof, (size, tree.root())), Err(NotProven));
        proof.pop();
        prop_assert_eq!(verify_inclusion(&line, index, &proof, (size, tree.root())), Err(NotProven));
    }
}

/// The definition of RFC 6962, word by word.
fn model(leaves: &[Digest]) -> Digest {
    match leaves.len() {
        0 => Digest::of(b""),
        1 => leaves[0],
        length => {
            let mut middle = 1;
            while middle * 2 < length {
                middle *= 2;
            }
            Digest::node(&model(&leaves[..middle]), &model(&leaves[middle..]))
        }
    }
}

fn grown(size: u32) -> Tree {
    let mut tree = Tree::default();
    (0..size).for_each(|number| tree.push(leaf(number)));
    tree
}

fn leaf(number: u32) -> Digest {
    Digest::leaf(&number.to_le_bytes())
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|start| u8::from_str_radix(&hex[start..start + 2], 16).unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
fn trials(short: u32) -> u32 {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { short * 40 } else { short }
}
