//! Encryption keys.

use super::{Call, Function, Parameter, Returns, Style, View, anything, known};
use crate::language::value::{Unknown, Value};

pub(super) const CAN_ROTATE: Function = Function {
    name: "can_rotate",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.kms.key")],
    returns: Returns::Bool,
    reads: &[
        ("aws.kms.key", "key_manager"),
        ("aws.kms.key", "key_spec"),
        ("aws.kms.key", "key_usage"),
        ("aws.kms.key", "origin"),
        ("aws.kms.key", "key_state"),
        ("aws.kms.key", "multi_region_key_type"),
    ],
    description: "Whether KMS can rotate a key automatically and the company decides about it: an enabled customer key, \
                  symmetric, for encryption, of material that KMS made, and not the replica of another.",
    validate: anything,
    call: |call| known(can_rotate(call).map(Value::Bool)),
};

fn can_rotate(call: &Call<'_>) -> Result<bool, Unknown> {
    let Value::Resource(index) = call.argument(0) else {
        return Ok(false);
    };
    let Some(key) = View::resource(call.moment.estate, *index) else {
        return Ok(false);
    };
    let wanted = [
        ("key_manager", "CUSTOMER"),
        ("key_spec", "SYMMETRIC_DEFAULT"),
        ("key_usage", "ENCRYPT_DECRYPT"),
        ("origin", "AWS_KMS"),
        ("key_state", "Enabled"),
    ];
    for (field, value) in wanted {
        if key.text(field)? != Some(value) {
            return Ok(false);
        }
    }
    Ok(key.text("multi_region_key_type")? != Some("REPLICA"))
}
