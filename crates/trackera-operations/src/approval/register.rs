//! What lies in the office: every paper with who signed it, for people who look, and for who is about to leave one.
//!
//! Whether a run may go on is judged by [`super::Approvals`] alone.

use trackera_journal::cosign::SignatureError;

use super::NotApproved;
use super::office::{Office, signed};
use super::paper::{Handed, Paper};

/// A paper that lies in the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed<P> {
    /// The paper.
    pub paper: P,
    /// Who signed it, or why its signature counts for nothing now.
    pub by: Result<String, String>,
}

impl Office {
    /// Every paper of a kind.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn filed<P: Paper>(&self) -> Result<Vec<Filed<P>>, NotApproved> {
        let suspended = self.suspended().await?;
        let signers = self.signers(&suspended);
        let filed = |handed: Handed<P>| {
            let by = signed(&signers, &handed).map(|(by, _)| by).map_err(|error| error.to_string());
            Filed { paper: handed.paper, by }
        };
        Ok(self.papers::<P>().await?.0.into_iter().map(|(handed, _)| filed(handed)).collect())
    }

    /// Who signed a paper for what somebody else asks, if the signature would count now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn signer_for<P: Paper>(
        &self,
        handed: &Handed<P>,
        asker: &str,
    ) -> Result<Result<String, SignatureError>, NotApproved> {
        let suspended = self.suspended().await?;
        Ok(self.other(&self.signers(&suspended), handed, asker).map(|(by, _)| by))
    }

    /// Who signed a paper, if the signature would count now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn signer<P: Paper>(&self, handed: &Handed<P>) -> Result<Result<String, SignatureError>, NotApproved> {
        let suspended = self.suspended().await?;
        Ok(signed(&self.signers(&suspended), handed).map(|(by, _)| by))
    }
}
