"""An invented Confluence support zip, for people who have none at hand."""

from __future__ import annotations

import io
import zipfile

APPLICATION = """<?xml version="1.0" encoding="UTF-8"?>
<properties>
  <product name="Confluence" version="8.5.19"/>
  <system-version>8.5.19</system-version>
  <build-number>9112</build-number>
  <operating-system>
    <os-name>Linux</os-name><os-architecture>amd64</os-architecture><os-version>5.15.0-119-generic</os-version>
    <available-processors>8</available-processors><total-physical-memory>16,777,216,000</total-physical-memory>
  </operating-system>
  <java-runtime-environment>
    <java.runtime.version>17.0.12+7</java.runtime.version><java.vm.vendor>Eclipse Adoptium</java.vm.vendor>
    <max-heap>4,294,967,296</max-heap>
    <virtual-machine-arguments>-Xmx4096m -Dapp.password=Sanitized by Support Utility</virtual-machine-arguments>
  </java-runtime-environment>
  <stp.properties.application.server>Apache Tomcat/9.0.96</stp.properties.application.server>
  <database-information>
    <database-name>PostgreSQL</database-name><database-version>15.8 (Debian 15.8-1.pgdg120+1)</database-version>
    <driver-name>PostgreSQL JDBC Driver</driver-name><driver-version>42.7.4</driver-version>
    <connection-url>jdbc:postgresql://db.intern.example:5432/confluence</connection-url>
  </database-information>
  <cluster-information><clustered>false</clustered></cluster-information>
  <plugins>
    <plugin><key>com.alkaes.tableaux</key><name>Tableaux for Confluence</name><version>4.2.1</version>
      <vendor>Alkaes Consulting</vendor><status>ENABLED</status><bundled>user installed</bundled></plugin>
    <plugin><key>com.alkaes.relecture</key><name>Relecture for Confluence</name><version>2.0.7</version>
      <vendor>Alkaes Consulting</vendor><status>ENABLED</status><bundled>user installed</bundled></plugin>
    <plugin><key>com.example.other</key><name>Another app</name><version>1.9.3</version>
      <vendor>Example</vendor><status>DISABLED</status><bundled>user installed</bundled></plugin>
  </plugins>
</properties>
"""
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<confluence-configuration>
  <setupStep>complete</setupStep><setupType>custom</setupType><buildNumber>9112</buildNumber>
  <properties>
    <property name="hibernate.connection.url">jdbc:postgresql://db.intern.example:5432/confluence</property>
    <property name="hibernate.connection.username">Sanitized by Support Utility</property>
  </properties>
</confluence-configuration>
"""
LOG = "2026-01-05 09:00:00,000 ERROR [exec-3] user jean.exemple@client-exemple.fr from 10.0.0.7: macro failed\n"


def sample_support_zip() -> bytes:
    """The bytes of the zip: what an app is after, and a log with personal data that it should leave alone."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("application-properties/application.xml", APPLICATION)
        archive.writestr("application-config/confluence.cfg.xml", CONFIG)
        archive.writestr("application-logs/atlassian-confluence.log", LOG * 50)
    return file.getvalue()
