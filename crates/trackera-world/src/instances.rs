//! The verification of instances that a service has restored: over TLS, verified against the declared authorities.

use std::time::Instant;

use trackera_operations::drill::{Durations, InstanceProof, Proof, ProofError, Say};
use trackera_postgres::connection::{Address, Host, Limits, Secret};

use super::copies::{Against, Servers, control, milliseconds};

impl Servers {
    /// Verifies the content of an instance.
    pub(super) async fn verify_instance(&self, proof: &InstanceProof, say: Say<'_>) -> Result<Proof, ProofError> {
        let address = Address {
            host: Host::Network { name: proof.host.clone(), authority: self.beside.join(&proof.authorities) },
            port: proof.port,
            database: proof.database.clone(),
            user: proof.user.clone(),
            password: self.password()?,
        };
        say("verifying");
        let begun = Instant::now();
        let against = Against {
            declared: &proof.declared,
            record: None,
            scratch: None,
            lost_at: proof.lost_at,
            control: control(proof.damage),
        };
        let checks = self.verify(against, (&address, Limits::COPY)).await?;
        let milliseconds = Durations { verify: milliseconds(begun.elapsed()), ..Durations::default() };
        Ok(Proof { checks, taken_at: None, milliseconds })
    }

    fn password(&self) -> Result<Option<Secret>, ProofError> {
        let read = |kept| self.secrets().read(kept).map_err(|error| ProofError(error.to_string()));
        Ok(self.password.as_ref().map(read).transpose()?.map(|password| Secret::new(password.expose())))
    }
}
