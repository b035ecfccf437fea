//! Changes to the lab's estate, made as somebody with an SDK would make them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::Lab;

impl Lab {
    /// Makes a call of EC2's query interface, as somebody with an SDK would.
    pub fn ec2(&self, region: &str, form: &str) -> String {
        self.call(("ec2", region), form)
    }

    /// Makes a call of a service that speaks the query protocol.
    pub fn call(&self, (service, region): (&str, &str), form: &str) -> String {
        let endpoint = self.environment().get("AWS_ENDPOINT_URL").expect("the lab has an endpoint");
        let address = endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the lab answers");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=lab/20260101/{region}/{service}/aws4_request, SignedHeaders=host, \
             Signature=0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).expect("the lab listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the lab answers in text");
        assert!(answer.starts_with("HTTP/1.1 200"), "{form}: {answer}");
        answer
    }

    /// A group that belongs to a network interface.
    pub fn group(&self) -> String {
        let interfaces = self.ec2("eu-central-1", "Action=DescribeNetworkInterfaces&Version=2016-11-15");
        let (_, rest) = interfaces.split_once("<groupId>").expect("there is an interface");
        rest.split_once("</groupId>").expect("XML is whole").0.to_owned()
    }

    /// Opens a port of a group to everybody.
    pub fn open_port(&self, group: &str, port: usize) {
        self.ec2("eu-central-1", &permission("Authorize", group, port));
    }

    /// Closes it again.
    pub fn close_port(&self, group: &str, port: usize) {
        self.ec2("eu-central-1", &permission("Revoke", group, port));
    }
}

fn permission(action: &str, group: &str, port: usize) -> String {
    format!(
        "Action={action}SecurityGroupIngress&Version=2016-11-15&GroupId={group}&IpPermissions.1.IpProtocol=tcp&\
         IpPermissions.1.FromPort={port}&IpPermissions.1.ToPort={port}&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0"
    )
}
